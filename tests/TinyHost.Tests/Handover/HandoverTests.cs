// Owns: tests of handovers from host to host: which sockets pass, and what happens when the new host fails.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>
/// Both hosts are in this process. A third cannot follow there: the runtime would wait twice for the same socket under one number.
/// </summary>
public sealed class HandoverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HandoverTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

    private string HandoverPath => _folder.PathOf("handover");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_new_host_goes_on_with_the_sockets_and_the_old_one_ends()
    {
        await using var old = await StartAsync("old", $"http://127.0.0.1:{FreePort.Next()}/");
        var endPoint = old.Server.EndPoints[0];
        Assert.Equal("old", await HandoverHost.AskAsync(endPoint));
        await using var next = await StartAsync("new", $"http://{endPoint}/");
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(endPoint));
        Assert.Equal([endPoint], next.Server.EndPoints);
        var self = Environment.ProcessId;
        Assert.Contains($"Process {self} has taken over. This process no longer accepts connections, and ends.", old.Messages);
        Assert.Contains($"Listening on http://{endPoint}/, a socket that process {self} passed", next.Messages);
        Assert.Contains($"Took over from process {self}, which no longer accepts connections.", next.Messages);
        await next.StopAsync();
        await AssertRefusedAsync(endPoint);
        Assert.False(File.Exists(HandoverPath));
    }

    [Fact]
    public async Task Prefixes_that_differ_are_bound_or_closed()
    {
        var (kept, added) = (FreePort.Next(), FreePort.Next());
        await using var old = await StartAsync("old", $"http://127.0.0.1:{kept}/;http://127.0.0.1:0/");
        var dropped = old.Server.EndPoints[1];
        await using var next = await StartAsync("new", $"http://127.0.0.1:{added}/;http://127.0.0.1:{kept}/");
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(new IPEndPoint(IPAddress.Loopback, kept)));
        Assert.Equal("new", await HandoverHost.AskAsync(new IPEndPoint(IPAddress.Loopback, added)));
        await AssertRefusedAsync(dropped);
        Assert.Contains($"No prefix wants the socket of {dropped} that process {Environment.ProcessId} kept: closing it.", next.Messages);
    }

    [Fact]
    public async Task A_prefix_for_more_addresses_binds_those_that_were_not_passed()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "needs IPv6");
        var port = FreePort.Next();
        await using var old = await StartAsync("old", $"http://127.0.0.1:{port}/");
        await using var next = await StartAsync("new", $"http://localhost:{port}/");
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal("new", await HandoverHost.AskAsync(new IPEndPoint(IPAddress.IPv6Loopback, port)));
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/")]
    [InlineData("web=http://127.0.0.1:0/")]
    [InlineData("http://localhost:0/base/")]
    public async Task A_prefix_with_port_0_keeps_the_port_that_the_system_chose(string prefix)
    {
        await using var old = await StartAsync("old", prefix);
        await using var next = await StartAsync("new", prefix);
        Assert.Equal(old.Server.EndPoints.Count > 0 ? old.Server.EndPoints : next.Server.EndPoints, next.Server.EndPoints);
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.All(
            next.Server.EndPoints,
            endPoint => Assert.Contains(
                $"Listening on http://{endPoint}/, a socket that process {Environment.ProcessId} passed", next.Messages));
    }

    [Fact]
    public async Task A_named_prefix_with_port_0_gets_another_port_at_another_address()
    {
        await using var old = await StartAsync("old", "web=http://127.0.0.1:0/");
        var before = old.Server.EndPoints[0];
        await using var next = await StartAsync("new", "web=http://127.0.0.2:0/");
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal(IPAddress.Parse("127.0.0.2"), next.Server.EndPoints[0].Address);
        await AssertRefusedAsync(before);
    }

    [Fact]
    public async Task Unix_sockets_pass_with_their_files()
    {
        var path = _folder.PathOf("app");
        await using var old = await StartAsync("old", $"http://unix:{path}");
        await using var next = await StartAsync("new", $"http://unix:{path}");
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(next.Server.EndPoints[0]));
        // A longer name than that of the socket would end the process if the runtime read it.
        var name = _folder.PathOf("p").PadRight(107, 'p');
        using (var client = await RawClient.ConnectUnixAsync(path, name))
        {
            Assert.Equal("new", (await client.GetAsync("/")).Content);
        }

        File.Delete(name);
        using (var stranger = await RawClient.ConnectUnixAsync(HandoverPath, name))
        {
            await stranger.SendAsync("nothing\n");
            Assert.Equal("", await stranger.ReadToEndAsync());
        }

        await next.StopAsync();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Sockets_of_https_prefixes_pass_and_are_served_with_the_new_certificate()
    {
        await using var old = await StartTlsAsync("old", port: 0, out var first);
        var endPoint = old.Server.EndPoints[0];
        Assert.Equal(first.Thumbprint, await ShownAsync(endPoint));
        await using var next = await StartTlsAsync("new", endPoint.Port, out var second);
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal(second.Thumbprint, await ShownAsync(endPoint));
        Assert.Contains($"Listening on https://{endPoint}/, a socket that process {Environment.ProcessId} passed", next.Messages);
    }

    [Fact]
    public async Task Several_servers_of_a_host_pass_together()
    {
        void AddAdmin(IServiceCollection services) => services.AddTinyHost("admin", pipeline => pipeline.Run(Admin));
        var port = FreePort.Next();
        var admin = ("TinyHost:admin:Prefixes", $"http://127.0.0.1:{port}/");
        await using var old = await HandoverHost.StartAsync(HandoverPath, "old", "http://127.0.0.1:0/", AddAdmin, admin);
        var endPoint = old.Server.EndPoints[0];
        await using var next = await HandoverHost.StartAsync(HandoverPath, "new", $"http://{endPoint}/", AddAdmin, admin);
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(endPoint));
        Assert.Equal("admin", await HandoverHost.AskAsync(new IPEndPoint(IPAddress.Loopback, port)));

        static Task Admin(RequestContext context) => context.Response.WriteTextAsync("admin");
    }

    [Fact]
    public async Task The_old_host_serves_until_every_service_of_the_new_one_has_started()
    {
        var (starting, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var old = await StartAsync("old", "http://127.0.0.1:0/");
        var endPoint = old.Server.EndPoints[0];
        void AddSlow(IServiceCollection services) => services.AddSingleton<IHostedService>(new SlowService(starting, release));
        var next = HandoverHost.StartAsync(HandoverPath, "new", $"http://{endPoint}/", AddSlow);
        await starting.Task.WaitAsync(TestTimeout.Long);
        Assert.Equal("old", await HandoverHost.AskAsync(endPoint));
        Assert.False(old.Running.IsCompleted);
        release.SetResult();
        await using var running = await next;
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(endPoint));
    }

    [Fact]
    public async Task A_new_host_that_fails_to_start_changes_nothing()
    {
        await using var old = await StartAsync("old", "http://127.0.0.1:0/");
        var endPoint = old.Server.EndPoints[0];
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var error = await Assert.ThrowsAsync<ServerStartException>(
            () => StartAsync("new", $"http://{endPoint}/;http://{other.LocalEndpoint}/"));
        Assert.Equal($"Cannot listen on http://{other.LocalEndpoint}/: address in use.", error.Message);
        await Until.TrueAsync(() => old.Messages.Contains(
            $"Process {Environment.ProcessId} ended before it was ready to take over. This process goes on."));
        Assert.Equal("old", await HandoverHost.AskAsync(endPoint));
        await using var next = await StartAsync("new", $"http://{endPoint}/");
        await old.Running.WaitAsync(TestTimeout.Long);
        Assert.Equal("new", await HandoverHost.AskAsync(endPoint));
    }

    [Fact]
    public async Task A_new_host_that_fails_after_its_server_has_started_takes_no_connection_with_it()
    {
        var (starting, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var old = await StartAsync("old", "http://127.0.0.1:0/");
        var endPoint = old.Server.EndPoints[0];
        void AddSlow(IServiceCollection services) => services.AddSingleton<IHostedService>(new SlowService(starting, release));
        var next = HandoverHost.StartAsync(HandoverPath, "new", $"http://{endPoint}/", AddSlow);
        await starting.Task.WaitAsync(TestTimeout.Long);
        using var client = await RawClient.ConnectAsync(endPoint);
        Assert.Equal("old", (await client.GetAsync("/")).Content);
        release.SetException(new InvalidOperationException("no database"));
        Assert.Equal("no database", (await Assert.ThrowsAsync<InvalidOperationException>(() => next)).Message);
        Assert.Equal("old", (await client.GetAsync("/")).Content);
        Assert.Equal("old", await HandoverHost.AskAsync(endPoint));
    }

    [Fact]
    public async Task A_new_host_that_is_too_late_does_not_start()
    {
        var (starting, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var old = await HandoverHost.StartAsync(
            "", "old", "http://127.0.0.1:0/", null, ("TinyHost:Handover:Path", HandoverPath), ("TinyHost:Handover:Timeout", "0.05"));
        var endPoint = old.Server.EndPoints[0];
        void AddSlow(IServiceCollection services) => services.AddSingleton<IHostedService>(new SlowService(starting, release));
        var next = HandoverHost.StartAsync(HandoverPath, "new", $"http://{endPoint}/", AddSlow);
        await starting.Task.WaitAsync(TestTimeout.Long);
        await Until.TrueAsync(() => old.Messages.Any(message => message.Contains("was not ready to take over", StringComparison.Ordinal)));
        release.SetResult();
        var error = await Assert.ThrowsAsync<ServerStartException>(() => next);
        Assert.Equal(
            $"Cannot take over: process {Environment.ProcessId} goes on: this process was not ready within 0.05 s "
            + "(TinyHost:Handover:Timeout).",
            error.Message);
        Assert.Equal("old", await HandoverHost.AskAsync(endPoint));
    }

    [Fact]
    public async Task A_wider_address_cannot_be_bound_beside_the_old_host()
    {
        await using var old = await StartAsync("old", "http://127.0.0.1:0/");
        var port = old.Server.EndPoints[0].Port;
        var error = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync("new", $"http://0.0.0.0:{port}/"));
        Assert.Equal($"Cannot listen on http://0.0.0.0:{port}/: address in use.", error.Message);
        Assert.Equal("old", await HandoverHost.AskAsync(old.Server.EndPoints[0]));
    }

    [Fact]
    public async Task A_host_that_stops_while_another_takes_over_leaves_the_sockets_to_it()
    {
        var (starting, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var old = await StartAsync("old", $"http://127.0.0.1:{FreePort.Next()}/");
        var endPoint = old.Server.EndPoints[0];
        void AddSlow(IServiceCollection services) => services.AddSingleton<IHostedService>(new SlowService(starting, release));
        var next = HandoverHost.StartAsync(HandoverPath, "new", $"http://{endPoint}/", AddSlow);
        await starting.Task.WaitAsync(TestTimeout.Long);
        await old.StopAsync();
        // Waits in the queue.
        var answer = HandoverHost.AskAsync(endPoint);
        release.SetResult();
        await using var running = await next;
        Assert.Equal("new", await answer);
        Assert.Contains($"Took over from process {Environment.ProcessId}, which ended before this process was ready.", running.Messages);
        await running.StopAsync();
        await AssertRefusedAsync(endPoint);
        Assert.False(File.Exists(HandoverPath));
    }

    [Fact]
    public async Task A_process_that_died_leaves_nothing_in_the_way()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(HandoverPath));
        }

        File.WriteAllText(HandoverPath + "-other", "");
        await using var host = await StartAsync("new", "http://127.0.0.1:0/");
        Assert.Equal("new", await HandoverHost.AskAsync(host.Server.EndPoints[0]));
    }

    [Fact]
    public async Task Only_the_user_may_connect_to_the_socket_of_the_handover()
    {
        await using var host = await StartAsync("old", "http://127.0.0.1:0/");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(HandoverPath).UnixFileMode);
    }

    [Theory]
    [InlineData("TinyHost:Handover", "handover",
        "Cannot start: TinyHost:Handover is 'handover'; it must be the absolute path of a Unix socket, such as /run/app/handover.")]
    [InlineData("TinyHost:Handover", "/run/app:1",
        "Cannot start: TinyHost:Handover is '/run/app:1'; it must be the absolute path of a Unix socket, such as /run/app/handover.")]
    [InlineData("TinyHost:Handover", "/no/such/folder/handover",
        "Cannot listen on http://unix:/no/such/folder/handover, TinyHost:Handover: there is no folder /no/such/folder.")]
    [InlineData("TinyHost:Handover:Timeout", "5",
        "Cannot start: TinyHost:Handover has no Path; set TinyHost:Handover:Path to the absolute path of a Unix socket, such as "
        + "/run/app/handover.")]
    [InlineData("TinyHost:Handover:Timeout", "soon",
        "Cannot start: TinyHost:Handover:Timeout is 'soon'; it must be a time in seconds, such as 2.5, or as hh:mm:ss up to 23:59:59, "
        + "above 0 to 2147483 seconds.")]
    [InlineData("TinyHost:Handover:Delay", "5", "Cannot start: unknown setting TinyHost:Handover:Delay. Known settings: Path, Timeout.")]
    [InlineData("TinyHost:admin:Handover", "/run/app/handover",
        "Cannot start: TinyHost:admin:Handover is read by no server, since a process hands over all of its servers at once; set "
        + "TinyHost:Handover.")]
    public async Task A_setting_that_cannot_be_read_fails_the_start(string key, string value, string expected)
    {
        var builder = HostedServerTests.Builder((key, value), ("TinyHost:admin:Prefixes", "http://127.0.0.1:0/"));
        builder.Services.AddTinyHost("admin", pipeline => pipeline.Run(context => Task.CompletedTask));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public async Task Path_and_Timeout_are_settings_too()
    {
        (string, string)[] settings = [("TinyHost:Handover:Path", HandoverPath), ("TinyHost:Handover:Timeout", "5")];
        await using var old = await HandoverHost.StartAsync("", "old", "http://127.0.0.1:0/", null, settings);
        await using var next = await StartAsync("new", $"http://{old.Server.EndPoints[0]}/");
        await old.Running.WaitAsync(TestTimeout.Long);
    }

    private Task<HandoverHost> StartAsync(string name, string prefixes) => HandoverHost.StartAsync(HandoverPath, name, prefixes);

    private Task<HandoverHost> StartTlsAsync(string name, int port, out X509Certificate2 certificate)
    {
        certificate = TlsServer.Authority.Issue();
        var file = _folder.Write($"{name}.pem", $"{TestAuthority.Pem(certificate)}\n{TestAuthority.KeyPem(certificate)}\n");
        (string, string)[] settings =
            [("TinyHost:Prefixes:0:Url", $"https://127.0.0.1:{port}/"), ("TinyHost:Prefixes:0:Certificate", file)];
        return HandoverHost.StartAsync(HandoverPath, name, "", null, settings);
    }

    /// <summary>The thumbprint of the certificate that a client is shown.</summary>
    private static async Task<string> ShownAsync(IPEndPoint endPoint)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: true, (_, shown, _, _) => shown is not null);
        await stream.AuthenticateAsClientAsync("localhost");
        return stream.RemoteCertificate!.GetCertHashString();
    }

    private static async Task AssertRefusedAsync(IPEndPoint endPoint)
    {
        var refused = await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(endPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    /// <summary>Starts after the server, and not before it is released.</summary>
    private sealed class SlowService(TaskCompletionSource starting, TaskCompletionSource release) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            starting.SetResult();
            return release.Task;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
