// Owns: the collection of tests that run alone: listeners in a process see the instruments of all its servers.

namespace TinyHost.Metrics.Tests.Support;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ServersAlone
{
    internal const string Name = "Tests with servers";
}
