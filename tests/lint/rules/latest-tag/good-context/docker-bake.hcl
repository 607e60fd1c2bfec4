target "base" { dockerfile = "base.Dockerfile" }
target "app" {
  contexts = { "example.test/base" = "target:base" }
}
