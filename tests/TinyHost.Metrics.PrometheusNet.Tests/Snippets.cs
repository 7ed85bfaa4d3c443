// Owns: the code with prometheus-net shown in README.md and docs/, compiled, and run by SnippetTests.
// Does not own: the text around it. A test of TinyHost.EndToEnd fails when a page shows code that is not here.

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
