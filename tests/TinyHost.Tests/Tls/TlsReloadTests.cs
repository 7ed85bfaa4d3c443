using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class TlsReloadTests : IDisposable
{
    private static readonly X509Certificate2 s_first = TlsServer.Authority.Issue(until: DateTimeOffset.UtcNow.AddDays(7));
    private static readonly X509Certificate2 s_second = TlsServer.Authority.Issue(until: DateTimeOffset.UtcNow.AddDays(14));

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger _log = new();
    private readonly MeterRecorder _meters = new();
    private readonly ManualTime _time = new();

    public void Dispose()
    {
        _folder.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task New_connections_get_a_new_certificate_and_old_ones_stay()
    {
        await using var server = await StartAsync();
        await using var old = await server.ConnectTlsAsync();
        Assert.Equal(s_first.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
        Assert.Equal(new DateTimeOffset(s_first.NotAfter).ToUnixTimeSeconds(), _meters.Observe("tinyhost.tls.certificate.expiry"));
        Assert.Equal(("https://127.0.0.1:0/", "localhost"), Series("tinyhost.tls.certificate.expiry"));

        Write(s_second, s_second);
        await ReloadAsync("have been loaded again");
        Assert.Equal(s_second.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
        Assert.Equal(new DateTimeOffset(s_second.NotAfter).ToUnixTimeSeconds(), _meters.Observe("tinyhost.tls.certificate.expiry"));
        Assert.EndsWith("https", await old.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_does_not_match_leaves_the_last_good_one_in_use()
    {
        await using var server = await StartAsync();
        Write(s_second, s_first);
        await ReloadAsync("cannot be loaded again and stay as they were");
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(s_first.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
        var (level, message, _) = Assert.Single(_log.Entries, entry => entry.Message.Contains("loaded again", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Error, level);
        Assert.Equal(
            "The certificates of https://127.0.0.1:0/ cannot be loaded again and stay as they were: the key in "
            + $"'{_folder.PathOf("site.key")}' does not belong to the certificate in '{_folder.PathOf("site.pem")}'.",
            message);
        Assert.Equal("https://127.0.0.1:0/", Assert.Single(_meters.Tags("tinyhost.tls.reload_failures"))["prefix"]);

        Write(s_second, s_second);
        await ReloadAsync("have been loaded again");
        Assert.Equal(s_second.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
    }

    [Fact]
    public async Task A_request_to_reload_takes_effect_at_once()
    {
        await using var server = await StartAsync();
        Assert.True(server.CanReload);
        Write(s_second, s_second);
        server.Reload();
        Assert.Equal(s_second.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
    }

    [Fact]
    public async Task A_server_without_files_has_nothing_to_reload()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        Assert.False(server.CanReload);
        server.Reload();
    }

    [Fact]
    public async Task A_server_that_has_stopped_reports_no_certificates()
    {
        var server = await StartAsync();
        await server.DisposeAsync();
        Assert.Equal(0, _meters.Observe("tinyhost.tls.certificate.expiry"));
    }

    [Fact]
    public async Task An_expired_certificate_is_served_with_a_warning()
    {
        _time.Suspend(TimeSpan.FromDays(36_500));
        await using var server = await StartAsync();
        Assert.Equal(s_first.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
        Assert.StartsWith(
            $"The certificate of https://127.0.0.1:0/ from '{_folder.PathOf("site.pem")}' expired on ",
            Assert.Single(_log.Entries, entry => entry.Level == LogLevel.Warning).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_connection_is_lost_while_certificates_change()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await using var client = await server.ConnectTlsAsync();
            Write(i % 2 == 0 ? s_second : s_first, i % 2 == 0 ? s_second : s_first);
            server.Reload();
            Assert.EndsWith("https", await client.GetAsync(), StringComparison.Ordinal);
        }
    }

    private Task<HttpServer> StartAsync()
    {
        Write(s_first, s_first);
        return TlsServer.StartAsync(
            tls => tls.Certificates.Add(new() { Path = _folder.PathOf("site.pem"), KeyPath = _folder.PathOf("site.key") }),
            server: options =>
            {
                options.Services = new OneService(_meters);
                options.LoggerFactory = _log;
                options.TimeProvider = _time;
            });
    }

    private void Write(X509Certificate2 certificate, X509Certificate2 key)
    {
        _folder.Write("site.pem", TestAuthority.Pem(certificate), modified: DateTimeOffset.UtcNow);
        _folder.Write("site.key", TestAuthority.KeyPem(key), modified: DateTimeOffset.UtcNow);
    }

    // The files are looked at on another thread.
    private async Task ReloadAsync(string expected)
    {
        var before = Count();
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Count() > before;
        });

        int Count() => _log.Entries.Count(entry => entry.Message.Contains(expected, StringComparison.Ordinal));
    }

    private (string? Prefix, string? Certificate) Series(string instrument)
    {
        var tags = Assert.Single(_meters.Tags(instrument));
        return ((string?)tags["prefix"], (string?)tags["certificate"]);
    }
}
