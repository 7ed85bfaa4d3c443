// Owns: switching a connection to another protocol at a handler's request, RFC 9110 §7.8.

namespace TinyHost;

internal static class ProtocolUpgrade
{
    /// <summary>Whether the request's Upgrade field lists the protocol. False for a text that is not a protocol.</summary>
    internal static bool IsRequested(Request request, string protocol)
    {
        if (!request.Framing.UpgradeRequested || request.Fields["Upgrade"] is not { } upgrade || !TokenText.IsProtocol(protocol))
        {
            return false;
        }

        foreach (var range in upgrade.AsSpan().Split(','))
        {
            if (upgrade.AsSpan(range).Trim(" \t").Equals(protocol, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Answers 101 and returns the connection as a stream. Throws as <see cref="RequestContext.UpgradeAsync"/> does.</summary>
    internal static async ValueTask<UpgradedStream> SwitchAsync(
        RequestContext context, Http1Connection http1, int generation, string protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        if (!TokenText.IsProtocol(protocol))
        {
            throw new ArgumentException(
                $"'{protocol}' is not a protocol: it must be a token, or a name and a version separated by a slash, such as line/2 "
                + "(RFC 9110 §7.8).",
                nameof(protocol));
        }

        var (request, response) = (context.Request, context.Response);
        if (!IsRequested(request, protocol))
        {
            throw new InvalidOperationException($"The request does not ask to switch to '{protocol}'.");
        }

        if (!request.Body.IsAtEnd || http1.Rejection != RejectReason.None || response.HasStarted || response.BytesWritten > 0)
        {
            throw new InvalidOperationException(
                "Only a request whose content is read and whose response is untouched can switch protocols.");
        }

        // Also for a request without content.
        var isContinueDue = !http1.HasContinued && request.Head.MinorVersion > 0
            && request.Fields["Expect"]?.Contains("100-continue", StringComparison.OrdinalIgnoreCase) == true;
        ResponseSender.RunStartCallbacks(http1, generation);
        if (response.BytesWritten > 0)
        {
            throw new InvalidOperationException(
                "A callback of OnStarting has written content, which a response that switches protocols cannot have.");
        }

        http1.State.EnterWrite(generation);
        try
        {
            await InterimResponse.UpgradeAsync(http1, protocol, isContinueDue).ConfigureAwait(false);
        }
        finally
        {
            http1.State.ExitWrite();
        }

        return new UpgradedStream(http1);
    }
}
