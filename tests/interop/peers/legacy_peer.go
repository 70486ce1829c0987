// SPDX-License-Identifier: ISC
//
// Go's crypto/tls as a peer of the legacy engine, for TLS 1.0 and 1.1:
//
//	legacy_peer server CERTIFICATE
//	legacy_peer client PORT BYTES VERSION SUITE
//
// VERSION and SUITE are numbers. The client prints "ok" or why not.

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
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
	err := ask(os.Args[2], number(os.Args[3]), uint16(number(os.Args[4])),
		uint16(number(os.Args[5])))
	if err != nil {
		fmt.Println("-", err)
		return
	}
	fmt.Println("ok")
}
