// Owns: polling for conditions that other threads bring about without a notification.

namespace TinyHost.Tests.Support;

internal static class Until
{
    /// <summary>Yields until the condition is true; fails after <see cref="TestTimeout.Long"/>.</summary>
    internal static async Task TrueAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TestTimeout.Long);
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, "The condition did not become true.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
