target "app" {
  context = "."
  args = {
    BASE = "gcr.io/distroless/static-debian12:nonroot"
  }
}
