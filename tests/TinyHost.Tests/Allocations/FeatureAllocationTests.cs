// Owns: that docs/performance.md states what a request allocates with each feature in use.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Allocations;

/// <summary>Runs alone, because the listeners of other tests would allocate.</summary>
[Collection(Alone.Name)]
public sealed class FeatureAllocationTests : IDisposable
{
    private const int Times = 200;
    private const int Rounds = 5;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. StageFeatures.All().Concat(HandlerFeatures.All()).Select(feature => feature.Name)];

    public static TheoryData<string> FileNames => [.. HandlerFeatures.WithFiles("").Select(feature => feature.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public Task The_table_states_what_a_request_with_a_feature_allocates(string name) =>
        MeasureAsync(StageFeatures.All().Concat(HandlerFeatures.All()).Single(feature => feature.Name == name));

    [Theory]
    [MemberData(nameof(FileNames))]
    public Task The_table_states_what_a_request_for_a_file_allocates(string name)
    {
        Assert.SkipUnless(Path.GetTempPath() == "/tmp/", "The figures of the table are those of files in a folder below /tmp.");
        HandlerFeatures.WriteFile(_folder);
        return MeasureAsync(HandlerFeatures.WithFiles(_folder.Root).Single(feature => feature.Name == name));
    }

    [Fact]
    public void Each_row_of_the_table_is_measured() =>
        Assert.Equal(
            Names.Concat(FileNames).Concat(ConnectionAllocationTests.Names).Select(row => (string)row.Data).Order(),
            AllocationTable.Names.Order());

    // On a thread of the pool, as a server does: a file is read otherwise elsewhere.
    private static Task MeasureAsync(Feature feature) => Task.Run(async () =>
    {
        using var during = feature.During?.Invoke();
        var app = new ContextCount(feature.Build());
        // What waits does so only once: a password that is verified for the first time.
        using (var warmUp = new MemoryServer(app, new RepeatingTransport(Encode(feature.Input), 1, 1), services: feature.Services))
        {
            await warmUp.Served.WaitAsync(TestTimeout.Long);
        }

        var bytes = Measure(feature.Input);
        var objects = feature.Units > 1 || feature.Opening is not null ? "–" : app.HasNewForEach ? "new" : "same";
        bytes -= feature.Less is { } less ? Measure(less) : 0;
        AllocationTable.AssertHolds(feature.Name, (long)Math.Round((double)bytes / feature.Units / Times), objects);

        long Measure(string input)
        {
            var transport = SteadyState.Measure(feature.Name, app, input, Times, Rounds, feature.Opening, feature.Services);
            Assert.Contains(feature.Sent, transport.FirstSent, StringComparison.Ordinal);
            return transport.Allocated;
        }
    });

    private static byte[] Encode(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Notices whether requests have the same objects as the one before.</summary>
    private sealed class ContextCount(Func<RequestContext, Task> app) : Stage(app)
    {
        private RequestContext? _last;
        private int _requests;
        private int _contexts;

        // A connection begins with new objects in any case.
        internal bool HasNewForEach => _contexts > _requests / 2;

        protected override Task InvokeAsync(RequestContext context)
        {
            _requests++;
            _contexts += ReferenceEquals(context, _last) ? 0 : 1;
            _last = context;
            return app(context);
        }
    }
}
