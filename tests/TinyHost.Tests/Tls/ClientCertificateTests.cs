using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ClientCertificateTests
{
    private static readonly TestAuthority s_clients = new("Clients");
    private static readonly X509Certificate2 s_known = s_clients.Issue(names =>
    {
        names.AddDnsName("reader.example");
        names.AddUri(new Uri("spiffe://example/reader"));
    });

    private static readonly X509Certificate2 s_unknown = new TestAuthority("Clients").Issue(names => names.AddDnsName("reader.example"));
    private static readonly X509Certificate2 s_expired = s_clients.Issue(until: DateTimeOffset.UtcNow.AddDays(-2));

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_certificate_of_a_known_authority_is_accepted_and_shown_to_handlers(SslProtocols version)
    {
        await using var server = await StartAsync(ClientCertificates.Required);
        await using var client = await server.ConnectTlsAsync(versions: version, certificate: s_known);
        Assert.EndsWith(s_known.Thumbprint, await client.GetAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", SslProtocols.Tls12, "client_certificate_missing")]
    [InlineData("none", SslProtocols.Tls13, "client_certificate_missing")]
    [InlineData("unknown", SslProtocols.Tls12, "client_certificate_refused")]
    [InlineData("unknown", SslProtocols.Tls13, "client_certificate_refused")]
    [InlineData("expired", SslProtocols.Tls13, "client_certificate_refused")]
    public async Task Any_other_client_is_refused_and_counted(string kind, SslProtocols version, string reason)
    {
        using var meters = new MeterRecorder();
        await using var server = await StartAsync(ClientCertificates.Required, meters: meters);
        var certificate = kind switch
        {
            "unknown" => s_unknown,
            "expired" => s_expired,
            _ => null,
        };
        await server.ExpectRefusalAsync(certificate, version);
        await Until.TrueAsync(() => meters.Tags("tinyhost.connection.duration").Count > 0);
        Assert.Equal(reason, Assert.Single(meters.Tags("tinyhost.tls.handshake.duration"))["error.type"]);
        Assert.Equal("opening_refused", Assert.Single(meters.Tags("tinyhost.connection.duration"))["reason"]);
    }

    [Fact]
    public async Task A_client_without_a_certificate_may_connect_where_certificates_are_optional()
    {
        await using var server = await StartAsync(ClientCertificates.Optional);
        await using (var client = await server.ConnectTlsAsync())
        {
            Assert.EndsWith("none", await client.GetAsync(), StringComparison.Ordinal);
        }

        await using (var client = await server.ConnectTlsAsync(certificate: s_known))
        {
            Assert.EndsWith(s_known.Thumbprint, await client.GetAsync(), StringComparison.Ordinal);
        }

        await server.ExpectRefusalAsync(s_unknown, SslProtocols.Tls13);
    }

    [Theory]
    [InlineData("spiffe://example/reader", true)]
    [InlineData("other.example", false)]
    public async Task A_client_needs_one_of_the_names(string name, bool isAccepted)
    {
        await using var server = await StartAsync(ClientCertificates.Required, tls => tls.ClientNames.Add(name));
        if (isAccepted)
        {
            await using var client = await server.ConnectTlsAsync(certificate: s_known);
            Assert.EndsWith(s_known.Thumbprint, await client.GetAsync(), StringComparison.Ordinal);
        }
        else
        {
            await server.ExpectRefusalAsync(s_known, SslProtocols.Tls13);
        }
    }

    [Fact]
    public async Task The_program_has_the_last_word()
    {
        await using var server = await StartAsync(
            ClientCertificates.Required, tls => tls.AcceptClient = (certificate, _) => certificate.Thumbprint == s_unknown.Thumbprint);
        await using var client = await server.ConnectTlsAsync(certificate: s_unknown);
        Assert.EndsWith(s_unknown.Thumbprint, await client.GetAsync(), StringComparison.Ordinal);
        await server.ExpectRefusalAsync(s_known, SslProtocols.Tls13);
    }

    [Fact]
    public async Task Authorities_come_from_a_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("clients.pem", TestAuthority.Pem(TlsServer.Authority.Public, s_clients.Public));
        await using var server = await StartAsync(ClientCertificates.Required, tls =>
        {
            tls.ClientAuthorities.Clear();
            tls.ClientAuthorityPath = path;
        });
        await using var client = await server.ConnectTlsAsync(certificate: s_known);
        Assert.EndsWith(s_known.Thumbprint, await client.GetAsync(), StringComparison.Ordinal);
        await server.ExpectRefusalAsync(s_unknown, SslProtocols.Tls13);
    }

    private static Task<HttpServer> StartAsync(
        ClientCertificates mode, Action<TlsOptions>? configure = null, MeterRecorder? meters = null) =>
        TlsServer.StartAsync(
            tls =>
            {
                tls.ClientCertificates = mode;
                tls.ClientAuthorities.Add(s_clients.Public);
                configure?.Invoke(tls);
            },
            context => context.Response.WriteTextAsync(context.Connection.Tls!.ClientCertificate?.Thumbprint ?? "none"),
            options => options.Services = meters is null ? null : new OneService(meters));
}
