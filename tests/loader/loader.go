// SPDX-License-Identifier: GPL-2.0-only

// loader.go - a loader in Go, which makes its system calls without the C library, blocks
// signals, has stacks of its own for them, and threads on which the runtime moves its
// goroutines about. tests/exec.sh builds it with cgo, and without ("C" taken out), and runs it.
package main

import "C"

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

func show(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s\n", path, strings.TrimSpace(string(text)))
}

// Work for several threads: each goroutine sleeps, then adds under a lock.
func share(n int) int {
	var all sync.WaitGroup
	var lock sync.Mutex
	sum := 0

	for i := 1; i <= n; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			time.Sleep(time.Duration(i) * time.Millisecond)
			lock.Lock()
			sum += i
			lock.Unlock()
		}()
	}
	all.Wait()
	return sum
}

func main() {
	stop := make(chan os.Signal, 1)
	begin := time.Now()

	signal.Notify(stop, os.Interrupt)
	fmt.Println("begin:", begin.UTC().Format(time.DateTime), "pid", os.Getpid() == syscall.Getpid(),
		"cpus", runtime.NumCPU())
	show("/sys/kernel/sched_ext/state")
	show("/sys/devices/system/cpu/online")
	fmt.Println("sum:", share(20))
	runtime.GC()
	fmt.Println("stopped by:", <-stop, "after", time.Since(begin).Round(10*time.Millisecond))
}
