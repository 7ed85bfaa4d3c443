// Owns: calling what a handler asked to be called before the head is written, when the handler has ended before that.

namespace TinyHost;

internal static class LastCallbacks
{
    /// <summary>
    /// The handler has ended, and the head is about to be written: calls what it asked to be called. Returns the exception of the callback
    /// that failed.
    /// </summary>
    internal static Exception? Run(Http1Connection http1)
    {
        if (http1.Writer.StartCallbacks is not { } callbacks || http1.State.HasResponseStarted)
        {
            return null;
        }

        var before = http1.State.GrantToCallbacks();
        Exception? failure = null;
        try
        {
            callbacks.Run();
        }
#pragma warning disable CA1031 // What a callback throws ends its request, as what a handler throws does.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        if (http1.State.RevokeFromHandler() != before)
        {
            // A pending read could take part of the next request.
            http1.State.EndPersistence();
            failure ??= new InvalidOperationException("A callback of OnStarting left a read or a write pending: it cannot await one.");
        }

        return failure;
    }
}
