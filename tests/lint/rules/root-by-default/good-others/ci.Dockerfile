FROM golang:1.26-bookworm
RUN go install example.com/tool@v1.0.0
