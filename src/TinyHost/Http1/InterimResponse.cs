// Owns: sending the responses that do not end a request: 100 (Continue) and 101 (Switching Protocols), RFC 9110 §15.2.

using System.Runtime.InteropServices;

namespace TinyHost;

internal static class InterimResponse
{
    /// <summary>
    /// Sends 100 (Continue), after what earlier responses left. False if the final response has begun, which makes it pointless.
    /// </summary>
    internal static async ValueTask<bool> TrySendContinueAsync(Http1Connection http1)
    {
        var send = http1.Send;
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            if (http1.State.HasResponseStarted)
            {
                return false;
            }

            http1.Buffers.Output.Write(ResponseHead.Continue);
            await send.FlushAsync().ConfigureAwait(false);
            return true;
        }
        finally
        {
            send.Leave();
        }
    }

    /// <summary>Sends 101 (Switching Protocols), after the 100 (Continue) that is still due (RFC 9110 §7.8).</summary>
    internal static async ValueTask UpgradeAsync(Http1Connection http1, string protocol, bool isContinueDue)
    {
        var send = http1.Send;
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            http1.State.Upgrade();
            http1.Writer.StatusCode = 101;
            var fields = http1.Writer.Fields;
            fields.RemoveAll(static field => field.Key.Equals("Upgrade", StringComparison.OrdinalIgnoreCase));
            fields.Insert(0, new("Upgrade", protocol));
            if (isContinueDue)
            {
                http1.Buffers.Output.Write(ResponseHead.Continue);
            }

            var head = new ResponseHead
            {
                StatusCode = 101,
                DateLine = http1.Date.Line,
                Fields = CollectionsMarshal.AsSpan(fields),
                IsPersistent = true,
            };
            http1.Buffers.Output.Advance(head.Write(http1.Buffers.Output.GetSpan(head.MaxSize)));
            await send.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            send.Leave();
        }
    }
}
