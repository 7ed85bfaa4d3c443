// Owns: the list of the workers' metrics: its form, and the file that holds it.

using System.Net;

namespace TinyHost.Workers.Tests;

public sealed class TargetListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger _log = new();

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Each_worker_is_a_target_with_its_number_and_process()
    {
        Assert.Equal(
            """
            [{"targets":["127.0.0.1:4001"],"labels":{"worker":"1","pid":"11"}},
            {"targets":["[::1]:4002"],"labels":{"worker":"2","pid":"12"}}]
            """.ReplaceLineEndings(""),
            TargetList.Format([Worker(1, 11, "http://127.0.0.1:4001/metrics"), Worker(2, 12, "http://[::1]:4002/metrics")]));
        Assert.Equal("[]", TargetList.Format([]));
        Assert.Equal("[]", TargetList.Format([new WorkerProcess(1, 11)]));
    }

    [Fact]
    public void Another_scheme_and_path_are_labels_and_every_address_is_the_name_of_the_machine() =>
        Assert.Equal(
            $$$"""
            [{"targets":["{{{Dns.GetHostName()}}}:4001"],
            "labels":{"worker":"1","pid":"11","__scheme__":"https","__metrics_path__":"/m"}}]
            """.ReplaceLineEndings(""),
            TargetList.Format([Worker(1, 11, "https://0.0.0.0:4001/m")]));

    [Fact]
    public void The_file_is_replaced_when_the_list_changes()
    {
        var path = _folder.PathOf("targets.json");
        var list = new TargetList(path, _log);
        list.Create();
        Assert.Equal("[]", File.ReadAllText(path));
        WorkerProcess[] workers = [Worker(1, 11, "http://127.0.0.1:4001/metrics")];
        list.Write(workers);
        Assert.Equal(TargetList.Format(workers), File.ReadAllText(path));
        File.Delete(path);
        list.Write(workers);
        Assert.False(File.Exists(path));
        list.Write([]);
        Assert.Equal("[]", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void A_file_that_cannot_be_created_fails_the_start()
    {
        var path = _folder.PathOf("no/targets.json");
        var fault = Assert.Throws<ServerStartException>(() => new TargetList(path, _log).Create());
        Assert.StartsWith(
            $"Cannot start: {path} (TinyHost:Workers:TargetsFile) cannot be written: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_can_no_longer_be_written_is_reported()
    {
        var list = new TargetList(_folder.PathOf("no/targets.json"), _log);
        list.Write([Worker(1, 11, "http://127.0.0.1:4001/metrics")]);
        Assert.Contains("could not be written", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_could_not_be_written_is_tried_again_and_reported_once()
    {
        var list = new TargetList(_folder.PathOf("later/targets.json"), _log);
        WorkerProcess[] workers = [Worker(1, 11, "http://127.0.0.1:4001/metrics")];
        list.Write(workers);
        list.Write(workers);
        Assert.True(list.IsBehind);
        Assert.Single(_log.Entries);
        Directory.CreateDirectory(_folder.PathOf("later"));
        list.Write(workers);
        Assert.False(list.IsBehind);
        Assert.Contains("127.0.0.1:4001", File.ReadAllText(_folder.PathOf("later/targets.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_list_is_empty_and_a_file_of_another_program_is_left_alone()
    {
        var path = _folder.PathOf("targets.json");
        File.WriteAllText(path, "another");
        new TargetList(path, _log).Close();
        Assert.Equal("another", File.ReadAllText(path));
        var list = new TargetList(path, _log);
        list.Create();
        list.Write([Worker(1, 11, "http://127.0.0.1:4001/metrics")]);
        list.Close();
        list.Write([Worker(1, 11, "http://127.0.0.1:4001/metrics")]);
        Assert.Equal("[]", File.ReadAllText(path));
    }

    [Fact]
    public void Without_a_file_nothing_is_written()
    {
        var list = new TargetList(null, _log);
        list.Create();
        list.Write([Worker(1, 11, "http://127.0.0.1:4001/metrics")]);
        Assert.Empty(_log.Entries);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    private static WorkerProcess Worker(int number, int process, string url) =>
        new(number, process) { State = WorkerState.Ready, MetricsUrls = [new Uri(url)] };
}
