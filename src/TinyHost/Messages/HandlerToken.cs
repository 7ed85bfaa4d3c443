// Owns: cancelling a token that a handler registered callbacks with, and reporting callbacks that throw.
// Does not own: when a token is cancelled (RequestContext).

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class HandlerToken
{
    /// <summary>The callbacks run on the thread pool: the caller neither waits for them nor meets their exceptions.</summary>
    internal static void Cancel(CancellationTokenSource source, ILogger logger, long connection)
    {
        var notified = source.CancelAsync();
        if (!notified.IsCompletedSuccessfully)
        {
            _ = ReportAsync(notified, logger, connection);
        }
    }

    private static async Task ReportAsync(Task notified, ILogger logger, long connection)
    {
        try
        {
            await notified.ConfigureAwait(false);
        }
        catch (AggregateException failures)
        {
            foreach (var failure in failures.Flatten().InnerExceptions)
            {
                CallbackFailed(logger, failure, connection);
            }
        }
    }

    [LoggerMessage(40, LogLevel.Error, "A callback of the token that tells a handler to end failed on connection {Connection}.")]
    private static partial void CallbackFailed(ILogger logger, Exception exception, long connection);
}
