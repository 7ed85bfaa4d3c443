// Owns: the work of this service: one order after another, each within a span of its own.

using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace PrometheusNet;

internal sealed class OrderWorker(OrderQueue queue) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var order in queue.ReadAllAsync(stoppingToken))
        {
            // prometheus-net takes exemplars from the current span.
            using var span = new Activity("order").Start();
            using var inProgress = ShopMetrics.InProgress.TrackInProgress();
            using (ShopMetrics.Duration.WithLabels(order.Currency).NewTimer())
            {
                await Task.Yield();
            }

            ShopMetrics.Items.Observe(order.Items);
            ShopMetrics.Orders.WithLabels(order.Currency).Inc();
        }
    }
}
