// Owns: running tests that measure the whole process alone.

namespace TinyHost.Tests.Support;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "Tests of the whole process";
}
