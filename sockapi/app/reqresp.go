package app

import (
	"fmt"
	"io"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// RequestResponse sends requests over one connection, each after the answer to the one before and
// a pause.
type RequestResponse struct {
	Ends
	Requests      int           // exchanges; 0: until the run ends
	RequestBytes  int64         // octets of a request, at least 1
	ResponseBytes int64         // octets of a response, at least 1
	Think         unit.Duration // pause between a response and the next request
}

// StartRequestResponse starts the workload's two processes. The Result fills while the world runs;
// Sent and Received count the responses.
func StartRequestResponse(w *sim.World, x RequestResponse) *Result {
	if x.RequestBytes < 1 || x.ResponseBytes < 1 || x.Requests < 0 || x.Think < 0 {
		w.Fail("workload %s: %d requests of %d octets, responses of %d, pauses of %s: sizes must be at least 1, "+
			"the rest not negative", x.Name, x.Requests, x.RequestBytes, x.ResponseBytes, x.Think)
	}
	return x.start(w, x.serve, x.ask)
}

func (x *RequestResponse) serve(p *sim.Proc, r *Result) error {
	c, err := x.accept(p)
	if err != nil {
		return err
	}
	defer c.Close()
	r.sender, r.stream = c, c.SendStream()
	var check sockapi.Checker
	take := func(_ sim.Time, e wire.Payload) error {
		check.Expect(r.requests)
		return check.Check(e)
	}
	for {
		n, err := c.Consume(p, x.RequestBytes, take)
		if err == io.EOF && n == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: server: %d octets into a request: %w", x.Name, n, err)
		}
		sent, err := c.Transmit(p, x.ResponseBytes)
		if err != nil {
			return fmt.Errorf("%s: server: %d octets into a response: %w", x.Name, sent, err)
		}
	}
}

func (x *RequestResponse) ask(p *sim.Proc, r *Result) error {
	c, err := x.dial(p, r)
	if err != nil {
		return err
	}
	defer c.Close()
	r.requests = c.SendStream()
	var check sockapi.Checker
	take := func(now sim.Time, e wire.Payload) error {
		check.Expect(r.stream)
		r.read(now, e)
		return check.Check(e)
	}
	for i := 0; x.Requests == 0 || i < x.Requests; i++ {
		if i > 0 && x.Think > 0 {
			if err := p.Sleep(x.Think); err != nil {
				return err
			}
		}
		asked := p.Now()
		if _, err := c.Transmit(p, x.RequestBytes); err != nil {
			return fmt.Errorf("%s: client: request %d: %w", x.Name, i+1, err)
		}
		if n, err := c.Consume(p, x.ResponseBytes, take); err != nil {
			return fmt.Errorf("%s: client: response %d, after %d octets: %w", x.Name, i+1, n, err)
		}
		r.Requests++
		r.Latencies = append(r.Latencies, p.Now().Sub(asked))
	}
	if err := c.CloseWrite(p); err != nil {
		return fmt.Errorf("%s: client: close: %w", x.Name, err)
	}
	if _, err := c.Consume(p, -1, unexpected); err != io.EOF {
		return fmt.Errorf("%s: client, waiting for the server's close: %w", x.Name, err)
	}
	r.Update(p.Now())
	r.Finished = p.Now()
	return nil
}
