// Owns: how long tests wait for events that must happen before they fail.

namespace TinyHost.Tests.Support;

internal static class TestTimeout
{
    internal static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
}
