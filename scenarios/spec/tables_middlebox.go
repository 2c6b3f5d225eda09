package spec

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// ofKind returns why a field has no place in a middlebox of another kind than the given ones.
func ofKind(kinds ...string) func(*field[Middlebox]) {
	return when(func(m *Middlebox) string {
		if m.Kind == "" || slices.Contains(kinds, m.Kind) {
			return ""
		}
		return "belongs to middleboxes of kind " + strings.Join(kinds, " or ") + ", this one is " + m.Kind
	})
}

// attackKinds act from where they stand with what they hear on another link.
var attackKinds = []string{KindJoinGuesser, KindJoinReplayer, KindJoinFlooder, KindAddressHijacker}

func middleboxTable() *table[Middlebox] {
	return &table[Middlebox]{
		what: "middlebox",
		fields: slices.Concat(commonBoxFields(), optionBoxFields(), stateBoxFields(), streamBoxFields(),
			attackFields()),
		check: func(d *decoder, path string, m *Middlebox) {
			switch {
			case m.Kind == KindPayloadRewriter && m.Find == "" && m.Remove == 0 && m.Replace == "":
				d.wrong(path, "the rewriter changes nothing", "give find and replace, or at with remove and replace")
			case m.Kind == KindPayloadRewriter && m.Find != "" && m.Remove > 0:
				d.wrong(join(path, "remove"), "find says already what is removed", "leave one out")
			case m.Kind == KindPayloadRewriter && m.Checksum == Fix && m.Find != "" && len(m.Find) != len(m.Replace):
				d.wrong(join(path, "checksum"), "the checksum can be mended only if the length stays",
					"make both texts as long")
			}
		},
	}
}

func commonBoxFields() []field[Middlebox] {
	type box = Middlebox
	return []field[box]{
		key("kind", word(MiddleboxKinds...), func(m *box) *string { return &m.Kind }, "what it does", required,
			aka[box]("type", "does")),
		key("name", reference("stripper"), func(m *box) *string { return &m.Name },
			"of its own; by default its kind"),
		key("direction", word(BothWays, ForwardWay, BackwardWay), func(m *box) *string { return &m.Direction },
			"in which directions of the link it acts", def[box](BothWays), ofKind(KindOptionRemover, KindSplitter,
				KindCoalescer, KindPayloadRewriter, KindHoleBlocker, KindACKChecker, KindWindowLimiter, KindResetter,
				KindCorrupter, KindDuplicator, KindDataInjector)),
		key("probability", ratio(), func(m *box) *unit.Ratio { return &m.Probability },
			"that it acts on a connection, drawn once a connection", def[box]("100%"), aka[box]("chance", "share"),
			ofKind(slices.DeleteFunc(slices.Clone(MiddleboxKinds), func(k string) bool {
				return k == KindNAT || k == KindFirewall || k == KindStudy2011 || slices.Contains(attackKinds, k)
			})...)),
	}
}

func optionBoxFields() []field[Middlebox] {
	type box = Middlebox
	return []field[box]{
		key("options", optionWords(), func(m *box) *[]string { return &m.Options },
			"which TCP options: mptcp, unknown (mptcp and fast-open), or a list of names", def[box]("mptcp"),
			ofKind(KindOptionRemover), aka[box]("option", "what")),
		key("on", word(OnAll, OnSYN, OnData), func(m *box) *string { return &m.On },
			"segments with SYN, those without, or all", def[box](OnAll), ofKind(KindOptionRemover),
			aka[box]("from", "segments")),
		key("copies", word(OnAll, OnFirst), func(m *box) *string { return &m.Copies },
			"which pieces have the MPTCP options", def[box](OnAll), ofKind(KindSplitter)),
		key("how", word(HowRemove, HowOverwrite, HowEndOfList, HowDrop), func(m *box) *string { return &m.How },
			"cut out; overwritten by NOPs, or by EOL, behind which all is lost; or the segment is dropped",
			def[box](HowRemove), ofKind(KindOptionRemover), aka[box]("action", "mode")),
		key("every", integer(1, 1_000_000), func(m *box) *int { return &m.Every },
			"each n-th such segment of a connection", def[box]("1"), ofKind(KindOptionRemover)),
	}
}

func stateBoxFields() []field[Middlebox] {
	type box = Middlebox
	guards := ofKind(KindNAT, KindFirewall)
	return []field[box]{
		key("inside", word(FirstEnd, SecondEnd), func(m *box) *string { return &m.Inside },
			"the end of the link whose side it protects", def[box](FirstEnd), guards),
		key("address", address(), func(m *box) *netip.Addr { return &m.Address },
			"its own: the public one of a NAT, the one an attacker announces and answers at", required,
			ofKind(KindNAT, KindJoinGuesser, KindJoinReplayer, KindJoinFlooder, KindAddressHijacker)),
		key("timeout", duration(unit.Second, maxDuration), func(m *box) *unit.Duration { return &m.Timeout },
			"idle time that ends an established connection's state (RFC 5382)", def[box]("124min"), guards,
			aka[box]("idle")),
		key("transitory", duration(unit.Second, maxDuration), func(m *box) *unit.Duration { return &m.Transitory },
			"the same while it opens or closes", def[box]("4min"), guards),
		key("unsolicited", word(Drop, Reset), func(m *box) *string { return &m.Unsolicited },
			"what happens to packets from outside that nobody inside asked for", def[box](Drop), guards),
		key("strict", truth(), func(m *box) *bool { return &m.Strict },
			"drops what is outside the windows of a connection", def[box]("false"), ofKind(KindFirewall)),
		key("sack", word(Rewrite, Keep), func(m *box) *string { return &m.SACK },
			"SACK blocks are shifted with the numbers, or forgotten", def[box](Rewrite), ofKind(KindSequenceRewriter)),
	}
}

func streamBoxFields() []field[Middlebox] {
	type box = Middlebox
	alg := ofKind(KindPayloadRewriter)
	return []field[box]{
		key("size", octets(1, 65535), func(m *box) *unit.Bytes { return &m.Size },
			"payload of the largest piece, or of the largest merged segment", required,
			ofKind(KindSplitter, KindCoalescer)),
		key("wait", duration(unit.Microsecond, unit.Second), func(m *box) *unit.Duration { return &m.Wait },
			"for the next segment to be merged", def[box]("1ms"), ofKind(KindCoalescer)),
		key("find", text(200, false), func(m *box) *string { return &m.Find }, "text to replace", alg),
		key("at", size(0, maxBytes), func(m *box) *unit.Bytes { return &m.At },
			"position in the stream of what is replaced, when find is not given", def[box]("0 B"), alg),
		key("remove", size(0, 1000), func(m *box) *unit.Bytes { return &m.Remove },
			"octets removed there", def[box]("0 B"), alg),
		key("replace", text(200, false), func(m *box) *string { return &m.Replace }, "text put in instead", alg),
		key("times", zeroIs(unlimited, integer(1, 1_000_000)), func(m *box) *int { return &m.Times },
			"replacements in one stream", def[box]("1"), alg),
		key("checksum", word(Keep, Fix), func(m *box) *string { return &m.Checksum },
			"of the DSS option: left as it is, or mended as by a box that knows MPTCP", def[box](Keep), alg),
		key("holes", word(Drop, Hold), func(m *box) *string { return &m.Holes },
			"data behind a hole is dropped, or held until it is filled", def[box](Drop), ofKind(KindHoleBlocker)),
		key("wrong-acks", word(Correct, Drop), func(m *box) *string { return &m.WrongACKs },
			"ACKs of data that the box has not seen", def[box](Correct), ofKind(KindACKChecker)),
		key("window", size(1, 1<<30), func(m *box) *unit.Bytes { return &m.Window },
			"largest receive window that passes; of a proxy: its buffer a direction", def[box]("64 KiB"),
			ofKind(KindWindowLimiter, KindProxy)),
		key("keep-mptcp", word(KeepNone, KeepHandshake, KeepAll), func(m *box) *string { return &m.KeepMPTCP },
			"which MPTCP options get through: none, those of the handshake, or all", def[box](KeepNone),
			ofKind(KindProxy)),
		key("after", size(0, maxBytes), func(m *box) *unit.Bytes { return &m.After },
			"octets of payload that pass first, a connection", def[box]("0 B"), ofKind(KindResetter, KindDataInjector,
				KindCorrupter)),
		key("to", word(BothEnds, FirstEnd, SecondEnd), func(m *box) *string { return &m.To },
			"which ends get the RST", def[box](BothEnds), ofKind(KindResetter)),
		key("what", word(CorruptWords...), func(m *box) *string { return &m.What },
			"payload, or a field of the DSS option; the TCP checksum is right afterwards", def[box]("payload"),
			ofKind(KindCorrupter)),
		key("ratio", ratio(), func(m *box) *unit.Ratio { return &m.Ratio }, "of data segments", def[box]("100%"),
			ofKind(KindCorrupter, KindDuplicator)),
		key("port", word(PortOther, PortHTTP), func(m *box) *string { return &m.Port },
			"frequencies measured on port 80, or on others", def[box](PortOther), ofKind(KindStudy2011)),
	}
}

func attackFields() []field[Middlebox] {
	type box = Middlebox
	remote := ofKind(attackKinds...)
	return []field[box]{
		key("watch", reference("wifi"), func(m *box) *string { return &m.Watch },
			"link on which the attacker listens", required, remote),
		key("knows", word(KnowsAll, KnowsToken, KnowsNothing), func(m *box) *string { return &m.Knows },
			"all: sequence numbers or keys too; token: only what a SYN with MP_JOIN shows; nothing: guesses",
			def[box](KnowsAll), ofKind(KindDataInjector, KindJoinGuesser, KindJoinFlooder)),
		key("start", duration(0, maxDuration), func(m *box) *unit.Duration { return &m.Start },
			"of the attack", def[box]("1s"), remote),
		key("interval", duration(unit.Microsecond, maxDuration), func(m *box) *unit.Duration { return &m.Interval },
			"between attempts", def[box]("10ms"), remote),
		key("count", integer(1, 10_000_000), func(m *box) *int { return &m.Count }, "attempts",
			def[box]("1"), ofKind(append([]string{KindDataInjector}, attackKinds...)...)),
		key("reset-other", truth(), func(m *box) *bool { return &m.ResetOther },
			"resets the honest subflow once its own stands", def[box]("true"), ofKind(KindAddressHijacker)),
	}
}

// optionWords is one word or a list of words that name options.
func optionWords() codec[[]string] {
	one := word(OptionWords...)
	named := one
	named.decode = func(d *decoder, n *yaml.Node, path string, v *string) bool {
		return one.decode(d, n, join(path, "option"), v)
	}
	many := list("option", named, nil)
	return codec[[]string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]string) bool {
			if n.Kind != yaml.ScalarNode {
				return many.decode(d, n, path, v)
			}
			*v = []string{""}
			return one.decode(d, n, path, &(*v)[0])
		},
		encode: func(v *[]string) *tree {
			if len(*v) == 1 {
				return one.encode(&(*v)[0])
			}
			return many.encode(v)
		},
		schema: func() object { return anyOf(one.schema(), many.schema()) },
	}
}

// middleboxes is the list of a link, nothing where it is empty.
func middleboxes() codec[[]Middlebox] {
	c := list("middlebox", middleboxTable().codec(), func(m *Middlebox) string { return m.Name })
	shown := c.encode
	c.encode = func(v *[]Middlebox) *tree {
		if len(*v) == 0 {
			return nil
		}
		return shown(v)
	}
	return c
}

// nameMiddleboxes gives those without a name that of their kind, with a number where it is taken.
func nameMiddleboxes(d *decoder, path string, boxes []Middlebox) {
	taken := map[string]bool{}
	for i := range boxes {
		taken[boxes[i].Name] = true
	}
	for i := range boxes {
		m := &boxes[i]
		if m.Name != "" {
			continue
		}
		m.Name = m.Kind
		for n := 2; taken[m.Name]; n++ {
			m.Name = m.Kind + "-" + strconv.Itoa(n)
		}
		taken[m.Name] = true
		if at, ok := d.at[join(path, strconv.Itoa(i))]; ok {
			d.at[join(path, m.Name)] = at
		}
	}
}

// checkMiddleboxes checks what boxes name outside themselves.
func (s *Scenario) checkMiddleboxes(d *decoder) {
	var links []string
	for _, l := range s.Links {
		links = append(links, l.Name)
	}
	for _, l := range s.Links {
		for i, m := range l.Middleboxes {
			path := "links." + l.Name + ".middleboxes." + m.Name
			if own := join(path, "kind"); !d.written(own) { // it has no name of its own
				path = "links." + l.Name + ".middleboxes." + strconv.Itoa(i)
			}
			if m.Watch != "" && !slices.Contains(links, m.Watch) {
				d.wrong(join(path, "watch"), "there is no link "+quote(m.Watch), nearest(m.Watch, links))
			}
			if m.listens() && m.Watch == l.Name {
				d.wrong(join(path, "watch"), "the attacker would listen where it stands",
					"put it on another link, such as that of a host of its own")
			}
			for _, h := range s.Hosts {
				for _, i := range h.Interfaces {
					if m.Address.IsValid() && i.Address == m.Address {
						d.wrong(join(path, "address"), "the address "+m.Address.String()+" is that of "+h.Name+"."+i.Name,
							"a box has its own")
					}
				}
			}
		}
	}
}
