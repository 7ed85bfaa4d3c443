// Owns: the prometheus-net code shown in README.md and docs/. SnippetTests runs it; TinyHost.EndToEnd compares it with the pages.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyHost.Metrics.PrometheusNet.Tests;

internal static class Snippets
{
    public static void ServeRegistry(HostApplicationBuilder builder, Routes routes)
    {
        var metrics = new MetricsOptions { Port = 9100, Exporters = { new PrometheusNetExporter() } };
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseErrors()
            .UseMetrics(metrics)
            .Run(routes));
    }
}
