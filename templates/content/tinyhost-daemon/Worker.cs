using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHostDaemon;

/// <summary>Does one job after the other, until the daemon stops. Counts them: <c>jobs_done_total</c>.</summary>
internal sealed class Worker(JobQueue queue, ILogger<Worker> logger) : BackgroundService
{
    private static readonly Meter s_meter = new("TinyHostDaemon");
    private static readonly Counter<long> s_done = s_meter.CreateCounter<long>("jobs.done", description: "Number of jobs done.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var job = await queue.TakeAsync(stoppingToken);
            logger.LogInformation("Job done: {Job}", job);
            s_done.Add(1);
        }
    }
}
