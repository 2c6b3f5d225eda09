package figure

import (
	"path/filepath"
	"testing"

	"mpsim/results/record"
	"mpsim/sim/trace"
)

const (
	ms         = int64(1_000_000)
	segment    = int64(1400)
	handoverAt = 10_000 * ms
	resumesAt  = 10_590 * ms
	endsAt     = 20_000 * ms
)

// path is one path of the synthetic handover.
type path struct {
	label           string
	subflow         int64
	rttNs, periodNs int64 // base RTT, one segment's time
	startNs, stopNs int64
	queueNs         int64 // how long the sawtooth's queue gets
}

func paths() []path {
	return []path{
		{"phone.wifi", 1, 20 * ms, 1_450_000, 40 * ms, handoverAt, 45 * ms},
		{"phone.lte", 2, 80 * ms, 2_900_000, 160 * ms, endsAt, 120 * ms},
	}
}

// saw is the phase of a sawtooth of four seconds, in thousandths, from 500 to 1000.
func saw(ns int64) int64 { return 500 + ns%(4000*ms)/(8*ms) }

// arrive appends the arrivals of a download: each path delivers segments at its pace, data
// sequence numbers in the order of sending; what was on its way over WiFi at the handover comes
// again over LTE when the sender has timed out. It returns how much each path brought by when.
func arrive(s *trace.Series) (times, sums [2][]int64) {
	ps := paths()
	next := [2]int64{ps[0].startNs, ps[1].startNs}
	var seq int64
	var lost []int64
	for {
		i := 0
		if next[1] < next[0] {
			i = 1
		}
		now := next[i]
		if now >= endsAt {
			return times, sums
		}
		next[i] += ps[i].periodNs
		from, again := seq, false
		switch {
		case i == 0 && now >= handoverAt:
			next[0] = endsAt
			continue
		case i == 0 && now >= handoverAt-40*ms:
			lost, seq = append(lost, seq), seq+segment
			continue
		case i == 1 && now >= handoverAt+60*ms && now < resumesAt:
			continue // the send window waits for the hole
		case i == 1 && now >= resumesAt && len(lost) > 0:
			from, lost, again = lost[0], lost[1:], true
		default:
			seq += segment
		}
		s.Arrivals.Add(trace.ArrivalRow{TimeNs: now, Connection: 1, Host: "phone", Subflow: ps[i].subflow,
			Label: ps[i].label, DataSeqStartBytes: from, DataSeqEndBytes: from + segment, Reinjected: again})
		times[i] = append(times[i], now)
		sums[i] = append(sums[i], int64(len(times[i]))*segment)
	}
}

// sampleAll appends the samples of both hosts and the links every 50 ms.
func sampleAll(s *trace.Series, times, sums [2][]int64) {
	got := [2]int{}
	for now := int64(0); now <= endsAt; now += 50 * ms {
		for i, p := range paths() {
			for got[i] < len(times[i]) && times[i][got[i]] <= now {
				got[i]++
			}
			live := now >= p.startNs && now < p.stopNs
			queue := int64(0)
			if live {
				queue = p.queueNs * (saw(now+int64(i)*900*ms) - 450) / 550 / p.periodNs
			}
			s.Links.Add(trace.LinkRow{TimeNs: now, Link: p.label[6:] + ".backward", QueueBytes: queue * 1500,
				QueuePackets: queue, RateBps: 8_000_000})
			s.Links.Add(trace.LinkRow{TimeNs: now, Link: p.label[6:] + ".forward", RateBps: 8_000_000})
			if now < p.startNs {
				continue
			}
			row := trace.SubflowRow{TimeNs: now, Connection: 1, Host: "phone", Subflow: p.subflow, Label: p.label,
				CwndBytes: 10 * segment, SsthreshBytes: trace.None, SrttNs: trace.None, RttvarNs: trace.None,
				RtoNs: 200 * ms, State: "ESTABLISHED"}
			if got[i] > 0 {
				row.DeliveredBytes = sums[i][got[i]-1]
			}
			s.Subflows.Add(row)
			row.Host, row.DeliveredBytes = "server", 0
			if i == 0 && !live {
				row.CwndBytes, row.SrttNs = segment, 61*ms
			} else {
				row.CwndBytes = (p.rttNs/p.periodNs + queue) * segment
				row.SrttNs = p.rttNs + queue*p.periodNs
			}
			s.Subflows.Add(row)
		}
	}
}

// handover writes the result of a synthetic handover and opens it.
func handover(t testing.TB) *record.Result {
	t.Helper()
	return result(t, func(s *trace.Series) {
		times, sums := arrive(s)
		sampleAll(s, times, sums)
		add := func(ns int64, host string, subflow int64, event, detail string) {
			row := trace.EventRow{TimeNs: ns, Host: host, Connection: 1, Subflow: subflow}
			row.Event, row.Detail = event, detail
			if host == "" {
				row.Connection, row.Subflow = trace.None, trace.None
			}
			s.Events.Add(row)
		}
		add(40*ms, "phone", 1, trace.EventSubflowEstablished, "phone.wifi")
		add(160*ms, "phone", 2, trace.EventSubflowEstablished, "phone.lte")
		add(handoverAt, "", 0, trace.EventLinkDown, "wifi.backward")
		add(handoverAt, "", 0, trace.EventLinkDown, "wifi.forward")
		add(resumesAt, "server", 1, trace.EventSubflowFailed, "phone.wifi")
	})
}

// lifeSummary tells the lives of the handover's two subflows, of a third that was a spare for a while, and of
// one that was never established.
func lifeSummary() *trace.Summary {
	s := trace.NewSummary()
	add := func(subflow int64, label string, opened, established, closed int64) {
		r := s.Add(trace.GroupSubflows)
		r.Int("connection", 1)
		r.Int("subflow", subflow)
		r.Text("host", "server")
		r.Text("label", label)
		r.Int("opened_at_ns", opened)
		r.Int("established_at_ns", established)
		r.Int("closed_at_ns", closed)
		r.Text("close_reason", "")
	}
	for _, p := range paths() {
		closed := trace.None
		if p.stopNs < endsAt {
			closed = resumesAt + 2000*ms
		}
		add(p.subflow, p.label, p.startNs-40*ms, p.startNs, closed)
	}
	add(3, "phone.wifi", 14000*ms, 14040*ms, trace.None)
	add(4, "phone.usb", 5000*ms, 0, 8000*ms)
	return s
}

func result(t testing.TB, fill func(*trace.Series)) *record.Result {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "1")
	r, err := record.Create(dir, record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := trace.NewSeries()
	if err := r.Series(s); err != nil {
		t.Fatal(err)
	}
	fill(s)
	m := record.Manifest{Scenario: "test", SimulatedNs: endsAt}
	if err := r.Commit(m, lifeSummary(), nil); err != nil {
		t.Fatal(err)
	}
	res, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return res
}
