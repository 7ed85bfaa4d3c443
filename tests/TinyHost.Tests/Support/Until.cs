// Owns: waiting for what happens on other threads and is announced by nothing.
// Does not own: any claim about time.

namespace TinyHost.Tests.Support;

internal static class Until
{
    /// <summary>Gives way until the condition holds; fails after <see cref="TestTimeout.Long"/>.</summary>
    internal static async Task TrueAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TestTimeout.Long);
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, "What was waited for did not happen.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
