// Owns: learning the client of a connection from the PROXY header of a trusted proxy (haproxy.org, proxy-protocol.txt).

namespace TinyHost;

/// <summary>Every connection must begin with a header. What follows it is left for the next step, or HTTP.</summary>
internal sealed class ProxyProtocolOpener(string[] trusted) : ConnectionOpener
{
    private static readonly OpeningRefusal s_untrusted =
        new("proxy_untrusted", "its address is not in the ProxyProtocol networks of the prefix");

    private static readonly OpeningRefusal s_missing = new("proxy_header_missing", "it does not begin with a PROXY header");
    private static readonly OpeningRefusal s_malformed = new("proxy_header_malformed", "its PROXY header is malformed");
    private static readonly OpeningRefusal s_tooLarge = new("proxy_header_too_large", "its PROXY header is too large");
    private static readonly OpeningRefusal s_checksum = new("proxy_header_checksum", "the checksum of its PROXY header is wrong");

    private readonly Networks _trusted = new(trusted, nameof(trusted));

    internal override async ValueTask<OpeningRefusal?> OpenAsync(ConnectionOpening opening)
    {
        if (!_trusted.Contain(opening.PeerEndPoint))
        {
            return s_untrusted;
        }

        ProxyHeader header;
        while ((header = ProxyHeader.Read(opening.Received.Unread)).Status == ProxyHeaderStatus.Incomplete)
        {
            await opening.ReceiveMoreAsync().ConfigureAwait(false);
        }

        if (header.Status != ProxyHeaderStatus.Complete)
        {
            return Refusal(header.Status);
        }

        opening.Received.Consume(header.Length);
        if (header.Client is { } client)
        {
            (opening.ProxyEndPoint, opening.PeerEndPoint) = (opening.PeerEndPoint, client);
        }

        return null;
    }

    internal override bool IsSameAs(ConnectionOpener other) =>
        other is ProxyProtocolOpener { _trusted: { } others } && _trusted.IsSameAs(others);

    private static OpeningRefusal Refusal(ProxyHeaderStatus status) => status switch
    {
        ProxyHeaderStatus.Missing => s_missing,
        ProxyHeaderStatus.TooLarge => s_tooLarge,
        ProxyHeaderStatus.WrongChecksum => s_checksum,
        _ => s_malformed,
    };
}
