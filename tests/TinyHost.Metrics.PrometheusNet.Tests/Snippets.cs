// Owns: the prometheus-net code shown in README.md and docs/. SnippetTests runs it; TinyHost.EndToEnd compares it with the pages.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyHost.Metrics.PrometheusNet.Tests;

internal static class Snippets
{
    public static void RecordWithPrometheusNet(HostApplicationBuilder builder, Routes routes)
    {
        var orders = Prometheus.Metrics.CreateCounter("orders_total", "Orders taken.", "currency");
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseErrors()
            .UsePrometheusNet(port: 9100)
            .Run(routes.Post("/orders", context =>
            {
                orders.WithLabels("EUR").Inc();
                return context.Response.WriteTextAsync("Thank you.");
            })));
    }

    public static void RecordWithMeters(HostApplicationBuilder builder, Routes routes)
    {
        var orders = new Meter("Shop").CreateCounter<long>("orders", "{order}", "Orders taken.");
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseErrors()
            .UseMetrics(port: 9100)
            .Run(routes.Post("/orders", context =>
            {
                orders.Add(1, new KeyValuePair<string, object?>("currency", "EUR"));
                return context.Response.WriteTextAsync("Thank you.");
            })));
    }

    public static void ServeAlone(HostApplicationBuilder builder, Routes routes) =>
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseErrors()
            .UsePrometheusNet(port: 9100)
            .Run(routes));

    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app)
    {
        app = PrometheusNetMetrics.Wrap(app, port: 9100, disableGc: false);
        return app;
    }

    public static void ServeBehindTheBuiltInFamilies(HostApplicationBuilder builder, Routes routes)
    {
        var metrics = new MetricsOptions { Port = 9100, Exporters = { new PrometheusNetExporter() } };
        builder.Services.AddTinyHost(pipeline => pipeline.UseMetrics(metrics).Run(routes));
    }
}
