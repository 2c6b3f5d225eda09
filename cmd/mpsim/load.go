package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/scenarios"
	"mpsim/scenarios/spec"
)

// load reads a shipped scenario or a file, applies the overrides, and reports every problem at once.
func load(cmd *cobra.Command, name string, sets []string) (*spec.Scenario, error) {
	file, data, err := source(name)
	if err != nil {
		return nil, badInput(err)
	}
	s, problems := spec.Load(file, data, sets)
	if len(problems) > 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), problems.Error())
		return nil, badInput(errShown)
	}
	return s, nil
}

// source finds the scenario's text: a path that exists, or a shipped name.
func source(name string) (file string, data []byte, err error) {
	data, err = os.ReadFile(name)
	if err == nil {
		return name, data, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !isDirectory(name) {
		return "", nil, fmt.Errorf("cannot read %s: %w", name, errors.Unwrap(err))
	}
	data, shipped := scenarios.Get(name)
	if shipped == nil {
		return "scenarios/" + name + ".yaml", data, nil
	}
	if isDirectory(name) {
		return "", nil, fmt.Errorf("%s is a folder: give one YAML file of it", name)
	}
	if ext := filepath.Ext(name); ext == ".yaml" || ext == ".yml" || strings.HasPrefix(name, ".") {
		return "", nil, fmt.Errorf("no file %s", name)
	}
	return "", nil, fmt.Errorf("%w, and there is no such file", shipped)
}

func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func names() []string {
	var all []string
	for _, s := range scenarios.List() {
		all = append(all, s.Name)
	}
	return all
}

// completeScenarios completes the first argument with shipped names, and files.
func completeScenarios(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names(), cobra.ShellCompDirectiveDefault
}
