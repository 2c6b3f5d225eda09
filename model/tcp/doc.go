// Package tcp: one TCP endpoint, which is one subflow of a multipath connection.
package tcp
