// Owns: measuring what requests on a warm connection in memory allocate.

using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TinyHost.Tests.Support;

internal static class SteadyState
{
    internal static void SkipUnlessOptimized()
    {
        var isOptimized = typeof(HttpServer).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
        Assert.SkipUnless(isOptimized, "needs optimized code (dotnet test -c Release): in a debug build every async method allocates");
    }

    /// <summary>
    /// Serves the same input again and again on the calling thread, and returns the transport, which has measured. Fails if the connection
    /// has to wait, and if a warning or an error is logged.
    /// </summary>
    internal static RepeatingTransport Measure(
        string what, Func<RequestContext, Task> app, string input, int times, int rounds = 1, string? opening = null,
        IServiceProvider? services = null)
    {
        SkipUnlessOptimized();
        // With a listener, the server measures each request, as with a metrics stage.
        var measured = 0;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref measured));
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "TinyHost")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.Start();
        var transport = new RepeatingTransport(
            Encoding.Latin1.GetBytes(input), warmUp: 100, times, rounds, opening is null ? null : Encoding.Latin1.GetBytes(opening));

        // A separate pool: other tests rent from the shared pool at the same time.
        using var server = new MemoryServer(app, transport, pool: ArrayPool<byte>.Create(), services: services);

        Assert.True(server.Served.IsCompletedSuccessfully, $"{what}: a connection that never waits must be served on the calling thread.");
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.True(measured > 0, $"{what}: no request was measured.");
        return transport;
    }
}
