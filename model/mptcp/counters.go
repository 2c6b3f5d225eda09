package mptcp

// Counters counts one host's protocol events under the names of Linux's MPTcpExt table (net/mptcp/mib.c);
// only those that the model can raise.
type Counters struct {
	CapableSYNRX, CapableSYNTX         int64 // MPCapableSYNRX, MPCapableSYNTX
	CapableSYNACKRX, CapableACKRX      int64 // MPCapableSYNACKRX, MPCapableACKRX
	CapableSYNTXDrop                   int64 // MPCapableSYNTXDrop
	CapableSYNTXDisabled               int64 // MPCapableSYNTXDisabled: TCP from the start, SYNs had got lost
	Blackhole                          int64 // Blackhole: only the SYN without the option was answered
	CapableFallbackACK                 int64 // MPCapableFallbackACK
	CapableFallbackSYNACK              int64 // MPCapableFallbackSYNACK
	CapableDataFallback                int64 // MPCapableDataFallback: no option since the handshake
	DSSFallback                        int64 // DssFallback: DSS missing later
	Retrans                            int64 // MPTCPRetrans: data-level retransmissions, in Sends
	JoinNoTokenFound                   int64 // MPJoinNoTokenFound
	JoinRefused                        int64 // MPJoinRejected: known token, not joinable
	JoinSynTX, JoinSynRX, JoinSynAckRX int64 // MPJoinSynTx, MPJoinSynRx, MPJoinSynAckRx
	JoinSynAckHMacFailure              int64 // MPJoinSynAckHMacFailure
	JoinAckRX, JoinAckHMacFailure      int64 // MPJoinAckRx, MPJoinAckHMacFailure
	DSSNotMatching                     int64 // DSSNotMatching
	DSSNoMatchTCP                      int64 // DSSNoMatchTCP: octets without mapping
	DSSCorruptionFallback              int64 // DSSCorruptionFallback
	DSSCorruptionReset                 int64 // DSSCorruptionReset
	InfiniteMapTx, InfiniteMapRx       int64 // InfiniteMapTx, InfiniteMapRx
	OFOQueue                           int64 // OFOQueue: arrivals behind a hole of the stream
	DuplicateData                      int64 // DuplicateData: arrivals with octets already received
	AddAddr, AddAddrTx                 int64 // AddAddr, AddAddrTx
	EchoAdd, EchoAddTx                 int64 // EchoAdd, EchoAddTx
	AddAddrDrop                        int64 // AddAddrDrop: HMAC or ID wrong, or too many
	AddAddrTxDrop                      int64 // AddAddrTxDrop: own ones given up without echo
	PortAdd                            int64 // PortAdd: ADD_ADDR with a port
	JoinPortSynRX                      int64 // MPJoinPortSynRx: joins at an announced port
	MismatchPortSynRx                  int64 // MismatchPortSynRx: joins at a port that takes none
	JoinSynTxConnectErr                int64 // MPJoinSynTxConnectErr: no SYN could be sent
	RmAddr, RmAddrTx, RmSubflow        int64 // RmAddr, RmAddrTx, RmSubflow
	MPPrioTx, MPPrioRx                 int64 // MPPrioTx, MPPrioRx
	FastcloseTX, FastcloseRX           int64 // MPFastcloseTx, MPFastcloseRx
	FailTX, FailRX                     int64 // MPFailTx, MPFailRx
	RstTX, RstRX                       int64 // MPRstTx, MPRstRx
	SubflowStale, SubflowRecover       int64 // SubflowStale, SubflowRecover
	CurrEstab                          int64 // MPCurrEstab
}
