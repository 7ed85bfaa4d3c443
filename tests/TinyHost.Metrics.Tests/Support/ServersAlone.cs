// Owns: keeping tests with servers to themselves: the instruments of servers in one process are shared by all that listen.

namespace TinyHost.Metrics.Tests.Support;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ServersAlone
{
    internal const string Name = "Tests with servers";
}
