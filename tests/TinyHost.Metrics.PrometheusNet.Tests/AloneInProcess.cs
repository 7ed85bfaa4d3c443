// Owns: the collection of tests that run alone: exporters in a process see the instruments of all its tests.

namespace TinyHost.Metrics.PrometheusNet.Tests;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInProcess
{
    internal const string Name = "Tests alone in the process";
}
