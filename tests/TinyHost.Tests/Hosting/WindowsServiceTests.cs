// Owns: tests of a host's life as a Windows service, with a service control manager of their own.

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;
using TinyHost.WindowsServices;

namespace TinyHost.Tests;

public sealed class WindowsServiceTests
{
    private readonly Manager _manager = new();
    private readonly ManualTime _time = new();
    private int _exitCode;

    [Theory]
    [InlineData(ServiceControls.Stop)]
    [InlineData(ServiceControls.Preshutdown)]
    public async Task A_service_is_running_while_its_server_listens_and_stops_on_request(int control)
    {
        var host = Build("http://127.0.0.1:0/");
        var server = host.Services.GetRequiredService<HostedServer>();
        IPEndPoint? endPoint = null;
        List<(ServiceState, bool)> seen = [];
        _manager.OnReport = state =>
        {
            endPoint ??= server.EndPoints is [var bound, ..] ? bound : null;
            seen.Add((state, endPoint is not null && Listens(endPoint)));
        };

        var run = host.RunTinyHostAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => _manager.State == ServiceState.Running);
        Assert.Equal(ServiceControls.Done, _manager.Handle!(control));
        Assert.Equal(0, await run.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));

        Assert.Equal([ServiceState.StartPending, ServiceState.Running, ServiceState.StopPending, ServiceState.Stopped], _manager.States);
        Assert.Equal((ServiceState.StartPending, false), seen[0]);
        Assert.Equal((ServiceState.Running, true), seen[1]);
        Assert.Equal((ServiceState.Stopped, false), seen[3]);
        Assert.Equal((0, 0), ExitCodes());
    }

    [Fact]
    public async Task A_start_that_fails_stops_the_service_with_an_exit_code_of_its_own()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var host = Build($"http://{taken.LocalEndPoint}/");
        await Assert.ThrowsAsync<ServerStartException>(() => host.RunAsync(TestContext.Current.CancellationToken));
        Assert.Equal([ServiceState.StartPending, ServiceState.Stopped], _manager.States);
        Assert.Equal((ServiceStatus.ServiceSpecificError, 1), ExitCodes());
    }

    [Fact]
    public async Task The_exit_code_of_the_program_is_that_of_the_service()
    {
        var host = Build("http://127.0.0.1:0/");
        await host.StartAsync(TestContext.Current.CancellationToken);
        _exitCode = 7;
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ServiceState.StopPending, _manager.State);
        host.Dispose();
        Assert.Equal((ServiceStatus.ServiceSpecificError, 7), ExitCodes());
    }

    [Fact]
    public async Task Only_a_running_service_accepts_requests_to_stop()
    {
        using (var host = Build("http://127.0.0.1:0/"))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.All(_manager.Reports, status => Assert.Equal(status.State == ServiceState.Running ? 0x101 : 0, status.Accepted));
        Assert.Equal(4, _manager.Reports.Count);
    }

    [Fact]
    public async Task A_long_start_and_a_long_stop_show_progress_until_they_end()
    {
        var slow = new SlowService();
        using var host = Build("http://127.0.0.1:0/", slow);
        var starting = host.StartAsync(TestContext.Current.CancellationToken);
        await slow.Entered.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(25));
        slow.Leave.Release();
        await starting;
        _time.Advance(TimeSpan.FromSeconds(25));
        var stopping = host.StopAsync(TestContext.Current.CancellationToken);
        await slow.Entered.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(15));
        slow.Leave.Release();
        await stopping;

        Assert.Equal(
            [
                (ServiceState.StartPending, 1, 30_000), (ServiceState.StartPending, 2, 30_000), (ServiceState.StartPending, 3, 30_000),
                (ServiceState.Running, 0, 0),
                (ServiceState.StopPending, 1, 30_000), (ServiceState.StopPending, 2, 30_000),
            ],
            _manager.Reports.Select(status => (status.State, status.Checkpoint, status.WaitHint)));
    }

    [Fact]
    public async Task A_host_that_Windows_does_not_let_run_fails_its_start()
    {
        _manager.Failure = new InvalidOperationException("no manager");
        using var host = Build("http://127.0.0.1:0/");
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal("no manager", thrown.Message);
        Assert.Empty(_manager.Reports);
    }

    [Theory]
    [InlineData(ServiceControls.Interrogate, ServiceControls.Done)]
    [InlineData(2, ServiceControls.NotImplemented)]
    [InlineData(200, ServiceControls.NotImplemented)]
    public async Task Other_requests_change_nothing(int control, int answer)
    {
        using var host = Build("http://127.0.0.1:0/");
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(answer, _manager.Handle!(control));
        Assert.Equal([ServiceState.StartPending, ServiceState.Running], _manager.States);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_program_that_Windows_did_not_start_as_a_service_stays_as_it_is()
    {
        var services = new ServiceCollection();
        Assert.Same(services, services.AddTinyHostWindowsService());
        Assert.DoesNotContain(services, service => service.ServiceType == typeof(IHostLifetime));
    }

    private static bool Listens(IPEndPoint endPoint)
    {
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        return Record.Exception(() => socket.Connect(endPoint)) is null;
    }

    private (int, int) ExitCodes() => (_manager.Reports[^1].ExitCode, _manager.Reports[^1].SpecificExitCode);

    private IHost Build(string prefix, params IHostedService[] others)
    {
        var builder = HostedServerTests.Builder([("TinyHost:Prefixes:0", prefix)]);
        builder.Services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask));
        builder.Services.AddSingleton<IHostLifetime>(provider => new ServiceHostLifetime(
            _manager, provider.GetRequiredService<IHostApplicationLifetime>(), _time, () => _exitCode));
        foreach (var other in others)
        {
            builder.Services.AddSingleton(other);
        }

        return builder.Build();
    }

    private sealed class SlowService : IHostedService
    {
        internal SemaphoreSlim Entered { get; } = new(0);

        internal SemaphoreSlim Leave { get; } = new(0);

        public Task StartAsync(CancellationToken cancellationToken) => PassAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => PassAsync(cancellationToken);

        private async Task PassAsync(CancellationToken cancellationToken)
        {
            Entered.Release();
            await Leave.WaitAsync(cancellationToken);
        }
    }

    private sealed class Manager : IServiceManager
    {
        private readonly List<ServiceStatus> _reports = [];

        internal Exception? Failure { get; set; }

        internal Action<ServiceState>? OnReport { get; set; }

        internal Func<int, int>? Handle { get; private set; }

        internal IReadOnlyList<ServiceStatus> Reports
        {
            get
            {
                lock (_reports)
                {
                    return [.. _reports];
                }
            }
        }

        internal IEnumerable<ServiceState> States => Reports.Select(status => status.State);

        internal ServiceState State => States.LastOrDefault();

        public void Connect(Action<Exception?> begin, Func<int, int> handle)
        {
            Handle = handle;
            begin(Failure);
        }

        public void Report(ServiceStatus status)
        {
            lock (_reports)
            {
                _reports.Add(status);
            }

            OnReport?.Invoke(status.State);
        }
    }
}
