//go:build !linux

package main

// adviseHugePages does nothing where there is no such advice.
func adviseHugePages() {}
