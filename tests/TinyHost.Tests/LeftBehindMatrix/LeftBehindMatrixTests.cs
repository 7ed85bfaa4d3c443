// Owns: the left-behind matrix: each kind of work left behind, on each kind of connection, in hundreds of orders of events.

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Tests.LeftBehindMatrix;

public sealed class LeftBehindMatrixTests
{
    private const int SeedsPerCell = 300;

    public static TheoryData<LeftBehindWork, LeftBehindContent, LeftBehindConnection> Cells()
    {
        var cells = new TheoryData<LeftBehindWork, LeftBehindContent, LeftBehindConnection>();
        foreach (var cell in LeftBehindCell.All)
        {
            cells.Add(cell.Work, cell.Content, cell.Connection);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Work_left_behind_by_a_handler_harms_neither_another_request_nor_the_server(
        LeftBehindWork work, LeftBehindContent content, LeftBehindConnection connection)
    {
        var cell = new LeftBehindCell(work, content, connection);
        var coverage = new LeftBehindCoverage();
        var seconds = double.Parse(Environment.GetEnvironmentVariable("TINYHOST_FUZZ_SECONDS") ?? "0", CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        // On a thread without a synchronization context, so that continuations run within the step that completes their operation.
        await Task.Run(async () =>
        {
            for (var seed = 0; seed < SeedsPerCell || watch.Elapsed.TotalSeconds < seconds; seed++)
            {
                await LeftBehindRun.RunAsync(cell, seed, coverage);
            }
        });

        TestContext.Current.TestOutputHelper?.WriteLine(coverage.ToString());
        Assert.All(
            [LeftBehindMoment.InsideOperation, LeftBehindMoment.BetweenOperations, LeftBehindMoment.AfterHandler],
            moment => Assert.NotEqual(0, coverage[moment]));
        Assert.True(cell.Upgrades || connection == LeftBehindConnection.Close || coverage[LeftBehindMoment.DuringNextRequest] > 0);
    }
}
