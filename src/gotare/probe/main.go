// Command probe asks whether a server answers: a health check for images without a shell.
//
//	probe http://127.0.0.1:${PORT:-8080}/healthz [SECONDS]
//	probe tcp://[::1]:5432 [SECONDS]
//
// $NAME, ${NAME} and ${NAME:-WORD} come from the environment, for there is no shell to do it.
// It exits 0 for a status of 2xx or 3xx, or for a connection; 1 with one line on stderr for
// anything else; 2 for wrong usage. System calls alone keep it at a quarter of net/http's size.
package main

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	usage   = "usage: probe http://ADDRESS:PORT/PATH|tcp://ADDRESS:PORT [SECONDS]"
	longest = 4096 // bytes of a status line
)

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		exit(2, usage)
	}
	limit := 2.0
	if len(os.Args) == 3 {
		var err error
		limit, err = strconv.ParseFloat(os.Args[2], 64)
		if err != nil || !(limit > 0 && limit < 3600) {
			exit(2, "not a number of seconds: "+strconv.Quote(os.Args[2])+"; "+usage)
		}
	}
	url := expand(os.Args[1])
	scheme, rest, _ := strings.Cut(url, "://")
	authority, path := rest, "/"
	if cut := strings.IndexAny(rest, "/?#"); cut >= 0 {
		authority, path = rest[:cut], rest[cut:]
	}
	addresses, port, ok := resolve(authority)
	if !ok || strings.IndexFunc(url, isUnsafe) >= 0 ||
		scheme != "http" && (scheme != "tcp" || path != "/") {
		exit(2, "cannot ask "+strconv.Quote(url)+"; "+usage)
	}
	// One deadline for everything: a server that sends a byte a second comes to an end, too.
	go func() {
		time.Sleep(time.Duration(limit * float64(time.Second)))
		exit(1, url+": no answer within "+strconv.FormatFloat(limit, 'g', -1, 64)+" s")
	}()
	fd, err := connect(addresses, port)
	if err != nil {
		exit(1, url+": "+err.Error())
	}
	if scheme == "http" {
		ask(fd, url, authority, path)
	}
}

// expand replaces variables as a shell would.
func expand(text string) string {
	return os.Expand(text, func(name string) string {
		name, word, _ := strings.Cut(name, ":-")
		if value := os.Getenv(name); value != "" {
			return value
		}
		return word
	})
}

// resolve returns the addresses to try. No name is looked up: a probe asks its own container.
func resolve(authority string) (addresses []netip.Addr, port int, ok bool) {
	host, digits := authority, "80"
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host, digits = host[:colon], host[colon+1:]
	}
	port, err := strconv.Atoi(digits)
	if err != nil || port < 1 || port > 65535 {
		return nil, 0, false
	}
	if host == "" || host == "localhost" {
		four := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return []netip.Addr{four, netip.IPv6Unspecified().Next()}, port, true
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	address, err := netip.ParseAddr(inner)
	return []netip.Addr{address}, port, err == nil && address.Is6() == (inner != host)
}

func isUnsafe(r rune) bool { return r <= ' ' || r == 127 }

// connect returns the first connection that can be made.
func connect(addresses []netip.Addr, port int) (fd int, err error) {
	for _, address := range addresses {
		family := syscall.AF_INET6
		var to syscall.Sockaddr = &syscall.SockaddrInet6{Port: port, Addr: address.As16()}
		if address.Is4() {
			family, to = syscall.AF_INET, &syscall.SockaddrInet4{Port: port, Addr: address.As4()}
		}
		if fd, err = syscall.Socket(family, syscall.SOCK_STREAM, 0); err != nil {
			continue
		}
		if err = syscall.Connect(fd, to); err == nil {
			return fd, nil
		}
	}
	return -1, err
}

// ask sends the request and exits with what the status line says.
func ask(fd int, url, host, path string) {
	path, _, _ = strings.Cut(path, "#")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if strings.HasPrefix(host, ":") {
		host = "localhost" + host
	}
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + host +
		"\r\nUser-Agent: probe\r\nConnection: close\r\n\r\n")
	for len(request) > 0 {
		n, err := syscall.Write(fd, request)
		if err == nil {
			request = request[n:]
		} else if err != syscall.EINTR {
			exit(1, url+": "+err.Error())
		}
	}
	line := firstLine(fd, url)
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	_, err := strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/") || len(code) != 3 || err != nil {
		exit(1, url+": the answer is not HTTP: "+strconv.Quote(line))
	}
	if code[0] != '2' && code[0] != '3' {
		exit(1, url+": "+strconv.Quote(line))
	}
}

// firstLine returns the first line, or what there is of it; at most a screen's width.
func firstLine(fd int, url string) string {
	buffer, size := make([]byte, longest), 0
	for size < longest {
		n, err := syscall.Read(fd, buffer[size:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			exit(1, url+": "+err.Error())
		}
		size += n
		if n == 0 || strings.IndexByte(string(buffer[:size]), '\n') >= 0 {
			break
		}
	}
	line, _, _ := strings.Cut(string(buffer[:size]), "\n")
	line = strings.TrimRight(line, "\r")
	if len(line) > 80 {
		line = line[:80]
	}
	return line
}

func exit(code int, message string) {
	os.Stderr.WriteString("probe: " + message + "\n")
	os.Exit(code)
}
