FROM gcr.io/distroless/static-debian12:nonroot
COPY other /other
ENTRYPOINT ["/other"]
