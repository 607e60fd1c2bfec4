FROM golang:1.26-bookworm
WORKDIR /src
COPY . .
RUN make tools
ENTRYPOINT ["/src/entry.sh"]
