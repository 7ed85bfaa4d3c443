// Owns: TLS on the connections of a prefix: the handshake, the certificates in use, and loading them again.

using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <param name="prefix">The prefix, for messages and metrics.</param>
/// <param name="given">Its TLS settings now.</param>
internal sealed partial class TlsOpener(string prefix, Func<TlsOptions> given) : ConnectionOpener, IReloadable
{
    private const byte HandshakeRecord = 0x16;

    private TlsOptions _given = given();
    private TlsOptions? _copy;
    private volatile TlsSettings? _settings;
    private TlsInstruments? _instruments;
    private OpenerStart? _server;

    string IReloadable.What => $"The certificates of {prefix}";

    IReadOnlyList<string> IReloadable.Files => TlsSettings.FilesOf(_copy!);

    object IReloadable.Version => given();

    /// <summary>The prefix it belongs to.</summary>
    internal string Prefix => prefix;

    /// <summary>The certificates in use.</summary>
    internal IReadOnlyList<LoadedCertificate> Certificates => _settings!.Certificates;

    internal override void Start(OpenerStart server)
    {
        _server = server;
        // Later changes of the object are for the next start.
        _copy = _given.Copy(server.ContentRoot);
        // First, so that a change during the load is noticed.
        server.Reloads.Add(this);
        try
        {
            Use(TlsSettings.Load(_copy));
        }
        catch (TlsFault fault)
        {
            throw new ServerStartException($"Cannot start: {prefix}: {fault.Message}.", fault);
        }

        _instruments = TlsInstruments.Of(server.Meter, server.Guard);
        _instruments.Add(this);
    }

    internal override void Stop() => _instruments?.Remove(this);

    string? IReloadable.Reload()
    {
        var now = given();
        var copy = now == _given ? _copy! : now.Copy(_server!.ContentRoot);
        try
        {
            Use(TlsSettings.Load(copy));
            (_given, _copy) = (now, copy);
            return null;
        }
        catch (TlsFault fault)
        {
            _instruments!.ReloadFailed(prefix);
            return fault.Message;
        }
    }

    internal override bool IsSameAs(ConnectionOpener other) => other is TlsOpener { _given: { } others } && _given.IsSameAs(others);

    internal override async ValueTask<OpeningRefusal?> OpenAsync(ConnectionOpening opening)
    {
        if (opening.Received.UnreadCount == 0)
        {
            await opening.ReceiveMoreAsync().ConfigureAwait(false);
        }

        var started = _instruments!.HandshakeStarted();
        var first = opening.Received.Unread[0];
        if (first != HandshakeRecord)
        {
            return NotTls(opening, started, isText: char.IsAsciiLetter((char)first) || first is (byte)'\r' or (byte)'\n');
        }

        if (SocketThread.Current is not null)
        {
            // The signature takes longer than most requests do.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        var stream = new TransportStream(opening);
        var tls = new ServerTlsStream(stream);
        var failure = HandshakeFailure.Other;
        try
        {
            await tls.HandshakeAsync(_settings!).ConfigureAwait(false);
            stream.EndOpening();
            opening.Transport = new TlsTransport(opening.Transport, stream, tls);
            _instruments.HandshakeSucceeded(started, tls.SslProtocol);
            failure = HandshakeFailure.None;
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            failure = opening.IsOver ? HandshakeFailure.Timeout : HandshakeFailures.Of(e, tls);
            LogFailed(_server!.Guard.Logger, opening.PeerEndPoint, TlsInstruments.NameOf(failure), HandshakeFailures.Words(e));
            if (e is IOException)
            {
                throw;
            }

            await DrainAsync(opening).ConfigureAwait(false);
            return Refusal(failure);
        }
        finally
        {
            if (failure != HandshakeFailure.None)
            {
                _instruments.HandshakeFailed(started, failure);
                await tls.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static OpeningRefusal Refusal(HandshakeFailure failure) => new(
        "tls_handshake_failed", $"its TLS handshake failed: {TlsInstruments.NameOf(failure).Replace('_', ' ')}");

    private OpeningRefusal? NotTls(ConnectionOpening opening, long started, bool isText)
    {
        var failure = isText ? HandshakeFailure.PlainHttp : HandshakeFailure.NotTls;
        _instruments!.HandshakeFailed(started, failure);
        if (!isText)
        {
            return Refusal(failure);
        }

        // HTTP answers in plain text.
        opening.Rejection = RejectReason.PlainHttpToTls;
        return null;
    }

    // A peer that still sends would lose the alert with a reset.
    private static async ValueTask DrainAsync(ConnectionOpening opening)
    {
        opening.Transport.ShutdownSend();
        var scratch = new byte[1_024];
        while (await opening.ReceiveAsync(scratch).ConfigureAwait(false) > 0)
        {
        }
    }

    private void Use(TlsSettings settings)
    {
        _settings = settings;
        foreach (var certificate in settings.Certificates)
        {
            if (certificate.Warning(_server!.Time.GetUtcNow()) is { } warning)
            {
                LogWarning(_server.Guard.Logger, prefix, certificate.Source, warning);
            }
        }
    }

    [LoggerMessage(32, LogLevel.Warning, "The certificate of {Prefix} from {Source} {Warning}.")]
    private static partial void LogWarning(ILogger logger, string prefix, string source, string warning);

    [LoggerMessage(33, LogLevel.Debug, "The TLS handshake with {Peer} failed ({Reason}): {Words}.")]
    private static partial void LogFailed(ILogger logger, System.Net.IPEndPoint peer, string reason, string words);
}
