// SPDX-License-Identifier: ISC
//
// Go's crypto/tls as a peer of the legacy engine, for TLS 1.0 and 1.1:
//
//	legacy_peer server CERTIFICATE
//	legacy_peer client PORT BYTES VERSION SUITE
//	legacy_peer receive CERTIFICATE DIRECTORY
//	legacy_peer send PORT FILE HELO VERSION SUITE
//
// VERSION and SUITE are numbers. The client prints "ok" or why not. The second
// two speak SMTP with STARTTLS: each message that is received, dots as they
// came, goes into the file that is called as the sender called itself; FILE
// has its dots doubled, and "HELO reply" is printed.

package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

var suites = []uint16{0x0005, 0x000a, 0x002f, 0x0035}

func serve(path string) error {
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair},
		MinVersion: tls.VersionTLS10, CipherSuites: suites}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return err
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			if _, err := io.Copy(connection, connection); err != nil {
				fmt.Fprintln(os.Stderr, "server:", err)
			}
		}()
	}
}

func ask(port string, size int, version, suite uint16) error {
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: version,
		MaxVersion: version, CipherSuites: []uint16{suite}}
	connection, err := tls.Dial("tcp", "127.0.0.1:"+port, config)
	if err != nil {
		return err
	}
	defer connection.Close()
	for at := 0; at < size; at += 4096 {
		sent := bytes.Repeat([]byte{byte(at / 4096)}, 4096)
		got := make([]byte, len(sent))
		if _, err := connection.Write(sent); err != nil {
			return err
		}
		if _, err := io.ReadFull(connection, got); err != nil {
			return err
		}
		if !bytes.Equal(sent, got) {
			return fmt.Errorf("other bytes came back")
		}
	}
	return nil
}

// Says it, unless it is nothing, and wants a reply of that code.
func say(connection net.Conn, in *bufio.Reader, text, code string) (string,
	error) {
	if _, err := io.WriteString(connection, text); err != nil {
		return "", err
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, code) {
			return "", fmt.Errorf("not %s: %s", code, line)
		}
		return strings.TrimSpace(line), nil
	}
}

type step struct{ text, code string }

func talk(connection net.Conn, steps []step) (replies []string, err error) {
	in := bufio.NewReader(connection)
	for _, step := range steps {
		reply, err := say(connection, in, step.text, step.code)
		if err != nil {
			return nil, err
		}
		replies = append(replies, reply)
	}
	return replies, nil
}

func send(port, path, helo string, version, suite uint16) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	plain, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return "", err
	}
	defer plain.Close()
	hello := step{"EHLO " + helo + "\r\n", "250"}
	_, err = talk(plain, []step{{"", "220"}, hello, {"STARTTLS\r\n", "220"}})
	if err != nil {
		return "", err
	}
	secure := tls.Client(plain, &tls.Config{InsecureSkipVerify: true,
		MinVersion: version, MaxVersion: version,
		CipherSuites: []uint16{suite}})
	replies, err := talk(secure, []step{hello,
		{"MAIL FROM:<a@test>\r\n", "250"}, {"RCPT TO:<b@test>\r\n", "250"},
		{"DATA\r\n", "354"}, {string(content) + ".\r\n", "250"},
		{"QUIT\r\n", "221"}})
	if err != nil {
		return "", err
	}
	return replies[4], secure.Close()
}

func keep(in *bufio.Reader, path string) error {
	var content strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if line == ".\r\n" {
			return os.WriteFile(path, []byte(content.String()), 0o600)
		}
		content.WriteString(line)
	}
}

func receive(connection net.Conn, config *tls.Config, directory string) error {
	in := bufio.NewReader(connection)
	helo, secure := "nobody", false
	reply := "220 mx.test ESMTP\r\n"
	for {
		if _, err := io.WriteString(connection, reply); err != nil {
			return err
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		words := append(strings.Fields(line), "", "")
		switch verb := strings.ToUpper(words[0]); {
		case verb == "EHLO":
			helo, reply = words[1], "250 mx.test\r\n"
			if !secure {
				reply = "250-mx.test\r\n250 STARTTLS\r\n"
			}
		case verb == "STARTTLS" && !secure:
			io.WriteString(connection, "220 go ahead\r\n")
			connection = tls.Server(connection, config)
			in, secure, reply = bufio.NewReader(connection), true, ""
		case verb == "QUIT":
			io.WriteString(connection, "221 bye\r\n")
			return connection.Close()
		case !secure:
			reply = "530 5.7.0 STARTTLS first\r\n"
		case verb == "DATA":
			io.WriteString(connection, "354 go ahead\r\n")
			err := keep(in, filepath.Join(directory, helo))
			if err != nil {
				return err
			}
			reply = "250 kept\r\n"
		default:
			reply = "250 ok\r\n"
		}
	}
}

func receiver(path, directory string) error {
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair},
		MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
		CipherSuites: suites}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			err := receive(connection, config, directory)
			if err != nil {
				fmt.Fprintln(os.Stderr, "receiver:", err)
			}
		}()
	}
}

func number(text string) int {
	value, err := strconv.ParseInt(text, 0, 32)
	if err != nil {
		panic(err)
	}
	return int(value)
}

func main() {
	if os.Args[1] == "server" {
		fmt.Fprintln(os.Stderr, serve(os.Args[2]))
		os.Exit(1)
	}
	if os.Args[1] == "receive" {
		fmt.Fprintln(os.Stderr, receiver(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	if os.Args[1] == "send" {
		reply, err := send(os.Args[2], os.Args[3], os.Args[4],
			uint16(number(os.Args[5])), uint16(number(os.Args[6])))
		if err != nil {
			reply = fmt.Sprint("- ", err)
		}
		fmt.Println(os.Args[4], reply)
		return
	}
	err := ask(os.Args[2], number(os.Args[3]), uint16(number(os.Args[4])),
		uint16(number(os.Args[5])))
	if err != nil {
		fmt.Println("-", err)
		return
	}
	fmt.Println("ok")
}
