// Owns: how long a test waits for what must happen anyway, before it gives up and fails.

namespace TinyHost.Tests.Support;

internal static class TestTimeout
{
    internal static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
}
