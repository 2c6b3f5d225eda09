// Package app has ready-made workloads written against sockapi: bulk transfer and request–response.
//
// Each workload is one process on the client and one on the server, blocking code in virtual
// time. Every receiver checks every octet it reads (sockapi.Checker): a run in which the network or
// the protocol lost, repeated, reordered or invented one stops with an error in the application's
// Result.
//
// Limits: a server process serves the one connection of its workload; many clients are many workloads.
package app
