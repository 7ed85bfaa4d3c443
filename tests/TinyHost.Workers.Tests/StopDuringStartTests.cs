// Owns: that a process which is told to stop while it starts ends without a fault.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyHost.Workers.Tests;

public sealed class StopDuringStartTests
{
    [Fact]
    public async Task A_stop_during_the_start_is_no_fault()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService<StoppingService>();
        builder.Services.AddTinyHost(
            pipeline => pipeline.Run(_ => Task.CompletedTask), options => options.Prefixes.Add("http://127.0.0.1:0/"));
        Assert.Equal(0, await builder.Build().RunTinyHostWorkersAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    /// <summary>As a signal that arrives while the host starts.</summary>
    private sealed class StoppingService(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
