// SPDX-License-Identifier: GPL-2.0-only

// static.go - a program in plain Go, linked without the C library: it cannot be caught.
package main

func main() {
	println("on the host")
}
