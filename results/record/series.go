package record

import "mpsim/sim/trace"

// seriesSink streams one table into its files. After the first error it drops what comes.
type seriesSink struct {
	table   *trace.Table
	file    *file
	parquet *parquetWriter
	csv     *file // nil unless asked for
	line    []byte
	err     error
}

func (r *Run) newSeries(t *trace.Table) (*seriesSink, error) {
	f, err := r.newFile(seriesDir + "/" + t.Name() + ".parquet")
	if err != nil {
		return nil, err
	}
	s := &seriesSink{table: t, file: f}
	if s.parquet, err = newParquetWriter(f, t); err != nil {
		s.close()
		return nil, &WriteError{f.path, err}
	}
	if r.opt.CSV {
		if s.csv, err = r.newFile(seriesDir + "/" + t.Name() + ".csv"); err != nil {
			s.close()
			return nil, err
		}
		csvHeader(s.csv.Writer, t)
	}
	return s, nil
}

// Chunk implements trace.Sink.
func (s *seriesSink) Chunk(_ *trace.Table, c *trace.Chunk) {
	if s.err != nil {
		return
	}
	if err := s.parquet.chunk(c); err != nil {
		s.err = &WriteError{s.file.path, err}
		return
	}
	if s.csv != nil {
		s.line = csvChunk(s.csv.Writer, s.table, c, s.line)
		if _, err := s.csv.Write(nil); err != nil {
			s.err = &WriteError{s.csv.path, err}
		}
	}
}

// finish writes the table's last rows and lists its files.
func (s *seriesSink) finish(files *[]FileInfo) error {
	s.table.Flush()
	if s.err != nil {
		return s.err
	}
	if err := s.parquet.close(); err != nil {
		return &WriteError{s.file.path, err}
	}
	for _, f := range []*file{s.file, s.csv} {
		if f == nil {
			continue
		}
		info, err := f.finish()
		if err != nil {
			return err
		}
		*files = append(*files, info)
	}
	return nil
}

// close gives the files up.
func (s *seriesSink) close() {
	_ = s.file.raw.Close()
	if s.csv != nil {
		_ = s.csv.raw.Close()
	}
}
