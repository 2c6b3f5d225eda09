package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"mpsim/model/audit"
	"mpsim/sim"
)

// captured is one packet of a capture file, from its IP header on; ip is empty if it is no IP packet.
type captured struct {
	at    int64 // ns
	iface int   // number in the file
	dir   audit.Direction
	ip    []byte // valid until the next packet
}

// captureInfo is what a capture file says of itself.
type captureInfo struct {
	application string
	interfaces  []string
	dropped     uint64 // packets, by the interfaces' statistics
	broken      error  // the file ends in the middle of a packet
}

// readCapture calls each for every packet of a pcapng or pcap file.
func readCapture(r io.Reader, each func(captured) error) (info captureInfo, err error) {
	b := bufio.NewReader(r)
	magic, err := b.Peek(4)
	if err != nil {
		return info, errors.New("no capture file: it is shorter than 4 octets")
	}
	if binary.BigEndian.Uint32(magic) == 0x0a0d0d0a {
		return readPcapng(b, each)
	}
	return readPcap(b, each)
}

func readPcap(r io.Reader, each func(captured) error) (info captureInfo, err error) {
	file, err := pcapgo.NewReader(r)
	if err != nil {
		return info, fmt.Errorf("neither pcapng nor pcap: %w", err)
	}
	if !linkKnown(file.LinkType()) {
		return info, fmt.Errorf("link type %d (%v) is not read; Ethernet, PPP, raw IP, Linux cooked and loopback are",
			file.LinkType(), file.LinkType())
	}
	info.interfaces = []string{"the interface"}
	for {
		data, ci, err := file.ZeroCopyReadPacketData()
		if err != nil {
			return info.ended(err)
		}
		if err := each(unlink(data, file.LinkType(), ci.Timestamp.UnixNano(), 0, 0)); err != nil {
			return info, err
		}
	}
}

func readPcapng(r io.Reader, each func(captured) error) (info captureInfo, err error) {
	note := func(interfaces []pcapgo.NgInterface, section pcapgo.NgSectionInfo) {
		info.application = section.Application
		for i := len(info.interfaces); i < len(interfaces); i++ {
			name := interfaces[i].Name
			if name == "" {
				name = fmt.Sprint("interface ", i)
			}
			info.interfaces = append(info.interfaces, name)
		}
	}
	file, err := pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{
		WantMixedLinkType: true, SkipUnknownVersion: true, SectionEndCallback: note,
		StatisticsCallback: func(_ int, s pcapgo.NgInterfaceStatistics) {
			if s.PacketsDropped != pcapgo.NgNoValue64 {
				info.dropped += s.PacketsDropped
			}
		},
	})
	if err != nil {
		return info, fmt.Errorf("no pcapng file: %w", err)
	}
	for {
		data, ci, options, err := file.ZeroCopyReadPacketDataWithOptions()
		interfaces := make([]pcapgo.NgInterface, 0, 8)
		for i := len(info.interfaces); i < file.NInterfaces(); i++ {
			if one, err := file.Interface(i); err == nil {
				interfaces = append(interfaces, one)
			}
		}
		if len(interfaces) > 0 || info.application == "" {
			note(append(make([]pcapgo.NgInterface, len(info.interfaces)), interfaces...), file.SectionInfo())
		}
		if err != nil {
			return info.ended(err)
		}
		if err := each(unlink(data, linkOf(ci), ci.Timestamp.UnixNano(), ci.InterfaceIndex, labelOf(options))); err != nil {
			return info, err
		}
	}
}

// ended says whether the file was read to its end.
func (c captureInfo) ended(err error) (captureInfo, error) {
	if err != io.EOF {
		c.broken = err
	}
	return c, nil
}

func linkOf(ci gopacket.CaptureInfo) layers.LinkType {
	if len(ci.AncillaryData) > 0 {
		if t, ok := ci.AncillaryData[0].(layers.LinkType); ok {
			return t
		}
	}
	return layers.LinkTypeRaw
}

func labelOf(o pcapgo.NgPacketOptions) audit.Direction {
	if o.Flags == nil {
		return audit.Unlabelled
	}
	switch o.Flags.Direction {
	case pcapgo.NgEpbFlagDirectionInbound:
		return audit.Inbound
	case pcapgo.NgEpbFlagDirectionOutbound:
		return audit.Outbound
	}
	return audit.Unlabelled
}

// Link types that some systems write for raw IP.
const (
	linkRawBSD  = 12
	linkRawBSD2 = 14
)

func linkKnown(t layers.LinkType) bool {
	switch t {
	case layers.LinkTypeRaw, linkRawBSD, linkRawBSD2, layers.LinkTypeIPv4, layers.LinkTypeIPv6,
		layers.LinkTypeEthernet, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2, layers.LinkTypeNull,
		layers.LinkTypeLoop, layers.LinkTypePPP:
		return true
	}
	return false
}

// ifaceStep keeps the interfaces inside a cooked capture apart from those of the file.
const ifaceStep = 1 << 16

// unlink takes a packet out of its link-layer frame.
func unlink(b []byte, t layers.LinkType, at int64, iface int, dir audit.Direction) captured {
	c := captured{at: at, iface: iface, dir: dir}
	switch t {
	case layers.LinkTypeRaw, linkRawBSD, linkRawBSD2, layers.LinkTypeIPv4, layers.LinkTypeIPv6:
		c.ip = b
	case layers.LinkTypeEthernet:
		c.ip = etherPayload(b, 12)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		if len(b) > 4 {
			c.ip = b[4:]
		}
	case layers.LinkTypePPP:
		c.ip = pppPayload(b)
	case layers.LinkTypeLinuxSLL:
		if len(b) >= 16 {
			c.cooked(binary.BigEndian.Uint16(b))
			c.ip = etherPayload(b, 14)
		}
	case layers.LinkTypeLinuxSLL2:
		if len(b) >= 20 {
			c.cooked(uint16(b[10]))
			c.iface += ifaceStep * int(binary.BigEndian.Uint32(b[4:]))
			if protocol := binary.BigEndian.Uint16(b); protocol == etherIPv4 || protocol == etherIPv6 {
				c.ip = b[20:]
			}
		}
	}
	return c
}

// cooked takes the direction from the packet type of Linux's cooked frames.
func (c *captured) cooked(packetType uint16) {
	const host, outgoing = 0, 4
	switch packetType {
	case host:
		c.dir = audit.Inbound
	case outgoing:
		c.dir = audit.Outbound
	}
}

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8
)

// etherPayload returns the IP packet behind the Ethernet type at the given offset, and behind VLAN tags.
func etherPayload(b []byte, offset int) []byte {
	for len(b) >= offset+2 {
		switch binary.BigEndian.Uint16(b[offset:]) {
		case etherIPv4, etherIPv6:
			return b[offset+2:]
		case etherVLAN, etherQinQ:
			offset += 4
		default:
			return nil
		}
	}
	return nil
}

// pppPayload returns the IP packet of a PPP frame, with or without address and control field (RFC 1662).
func pppPayload(b []byte) []byte {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	const ipv4, ipv6 = 0x0021, 0x0057
	if len(b) >= 2 {
		if p := binary.BigEndian.Uint16(b); p == ipv4 || p == ipv6 {
			return b[2:]
		}
	}
	return nil
}

// relative returns times from the first packet on, for captures that have the time of day; those of simulated
// runs count from the start of the run already.
func relative(at, first int64) sim.Time {
	const year = 365 * 24 * 3600 * 1e9
	if first < year {
		return sim.Time(at)
	}
	return sim.Time(at - first)
}
