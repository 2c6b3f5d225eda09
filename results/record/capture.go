package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"mpsim/sim/trace"
)

// captureSink writes one pcapng file. The file exists once the first interface is registered.
type captureSink struct {
	run   *Run
	rel   string
	file  *file
	ng    *pcapgo.NgWriter
	count int // interfaces
	last  int64
	err   error
	in    pcapgo.NgPacketOptions
	out   pcapgo.NgPacketOptions
}

// Capture returns a sink whose packets become capture/<name>.pcapng. The caller chooses how packets
// are spread: one sink a host with all its interfaces, or one sink an interface. Characters of the
// name other than letters, digits, dot, dash and underscore become underscores. A name used twice
// is an error.
func (r *Run) Capture(name string) (trace.PacketSink, error) {
	rel := captureDir + "/" + fileName(name) + ".pcapng"
	for _, c := range r.captures {
		if c.rel == rel {
			return nil, fmt.Errorf("capture %s: another capture has this file name; rename one", rel)
		}
	}
	c := &captureSink{run: r, rel: rel}
	c.in.Flags = &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionInbound}
	c.out.Flags = &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionOutbound}
	r.captures = append(r.captures, c)
	return c, nil
}

// fileName makes a name that is one path element everywhere.
func fileName(s string) string {
	out := []byte(s)
	for i, b := range out {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		if !letter && b != '-' && b != '_' && (b != '.' || i == 0) {
			out[i] = '_'
		}
	}
	if len(out) == 0 {
		return "_"
	}
	return string(out)
}

// Interface implements trace.PacketSink.
func (c *captureSink) Interface(name string) int {
	id := c.count
	c.count++
	if c.err != nil {
		return id
	}
	ngif := pcapgo.NgInterface{Name: name, LinkType: layers.LinkTypeRaw, TimestampResolution: 9}
	var err error
	if c.ng == nil {
		err = c.start(ngif)
	} else {
		_, err = c.ng.AddInterface(ngif)
	}
	c.fail(err)
	return id
}

// start creates the file. The section names neither machine nor system, so that it is the same
// everywhere.
func (c *captureSink) start(first pcapgo.NgInterface) error {
	f, err := c.run.newFile(c.rel)
	if err != nil {
		return err
	}
	c.file = f
	c.ng, err = pcapgo.NewNgWriterInterface(f.Writer, first, pcapgo.NgWriterOptions{
		SectionInfo: pcapgo.NgSectionInfo{
			Application: "mpsim",
			Comment:     "simulated packets; time stamps count from the start of the run",
		},
	})
	return err
}

// Packet implements trace.PacketSink.
func (c *captureSink) Packet(atNs int64, iface int, inbound bool, data []byte) {
	if atNs < c.last {
		panic(fmt.Sprintf("record: capture %s goes back from %d ns to %d ns", c.rel, c.last, atNs))
	}
	c.last = atNs
	if iface < 0 || iface >= c.count {
		panic(fmt.Sprintf("record: capture %s has no interface %d", c.rel, iface))
	}
	if c.err != nil {
		return
	}
	opts := c.out
	if inbound {
		opts = c.in
	}
	c.fail(c.ng.WritePacketWithOptions(gopacket.CaptureInfo{
		Timestamp:      time.Unix(0, atNs),
		CaptureLength:  len(data),
		Length:         len(data),
		InterfaceIndex: iface,
	}, data, opts))
}

func (c *captureSink) fail(err error) {
	if err == nil || c.err != nil {
		return
	}
	var write *WriteError
	if !errors.As(err, &write) {
		err = &WriteError{c.file.path, err}
	}
	c.err = err
}

func (c *captureSink) finish(files *[]FileInfo) error {
	if c.err != nil {
		return c.err
	}
	if c.file == nil {
		return nil
	}
	if err := c.ng.Flush(); err != nil {
		return &WriteError{c.file.path, err}
	}
	info, err := c.file.finish()
	if err == nil {
		*files = append(*files, info)
	}
	return err
}

func (c *captureSink) close() {
	if c.file != nil {
		_ = c.file.raw.Close()
	}
}
