// Owns: measuring what a test pays for a server of its own.

using BenchmarkDotNet.Attributes;

namespace TinyHost.Benchmarks;

/// <summary>A server on a free port, started and stopped in a running process.</summary>
public class ServerStarts
{
    [Benchmark]
    public async Task StartAndStop()
    {
        await using var server = new HttpServer("http://127.0.0.1:0/", context => context.Response.WriteTextAsync("Hello"));
        await server.StartAsync();
    }
}
