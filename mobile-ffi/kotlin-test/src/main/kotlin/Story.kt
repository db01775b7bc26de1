// A story of three tablets against a running server, through the tablet library on the JVM.
//
// TSUMUGI_DEMO holds what `tsumugi demo --json` printed. The first thing that does not hold ends
// the story with an error.

import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.File
import java.nio.file.Files
import kotlin.system.exitProcess
import uniffi.tsumugi_mobile.AnswerValue
import uniffi.tsumugi_mobile.CardOutcome
import uniffi.tsumugi_mobile.DataKey
import uniffi.tsumugi_mobile.EnrolOutcome
import uniffi.tsumugi_mobile.FinishOutcome
import uniffi.tsumugi_mobile.Locale
import uniffi.tsumugi_mobile.StorageCheck
import uniffi.tsumugi_mobile.Tablet
import uniffi.tsumugi_mobile.TabletException

/** A key store for tests: the same key on every start. */
private object Key : DataKey {
    override fun dataKey() = ByteArray(32) { it.toByte() }
}

private fun openTablet(folder: File) = Tablet.open(folder.path, Key, Locale("ja", 540))

private fun step(text: String) = System.err.println("  $text")

private val morning = linkedMapOf(
    "profile/employees_regular" to "128",
    "profile/employees_nonregular" to "14",
    "profile/employees_dispatched" to "3",
    "profile/established_year" to "1985",
    "workforce/eligible" to "60",
)

/** Fills one answer after the other, tells each when it is saved, and waits to be killed. */
private fun child(folder: File, response: String) {
    val tablet = openTablet(folder)
    tablet.openResponse(response)
    for ((path, number) in morning) {
        tablet.setText(response, path, number)
        println(path)
        System.out.flush()
    }
    Thread.sleep(3_600_000)
}

/** Kills a child process (SIGKILL) after its third answer; returns what it had saved by then. */
private fun killedInTheMiddle(folder: File, response: String): List<String> {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val process = ProcessBuilder(
        java, "-Djna.library.path=" + System.getProperty("jna.library.path"),
        "-classpath", System.getProperty("java.class.path"), "StoryKt", "child", folder.path, response,
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    val output = process.inputStream.bufferedReader()
    val saved = MutableList(3) { output.readLine() ?: error("the child ended early") }
    process.destroyForcibly()
    runCatching { output.forEachLine { saved += it } }
    process.waitFor()
    return saved
}

private fun answerEverythingRequired(tablet: Tablet) {
    repeat(200) {
        val open = tablet.anonymousValidate("ja").firstOrNull() ?: return
        val choices = questions(tablet.anonymousScreen("ja")).getValue(open.path)["choices"].asJsonArray
        if (choices.isEmpty) {
            tablet.anonymousSetText(open.path, "1")
        } else {
            val first = choices[0].asJsonObject["value"].asString
            tablet.anonymousSetAnswer(open.path, AnswerValue.Text(first))
        }
    }
    error("the form never becomes complete")
}

private fun untouched(demo: JsonObject) = demo["companies"].asJsonArray
    .map { it.asJsonObject }.filter { it["state"].asString == "untouched" }

private fun surveyor(server: String, demo: JsonObject, folder: File) {
    val response = untouched(demo)[1]["response"].asString
    openTablet(folder).use { tablet ->
        check(tablet.storageCheck() == StorageCheck.Sound)
        val refused = send(server, tablet.enrolRequest(server, "0000-0000-0000", "T-98"))
        check(tablet.onEnrolled(refused.status.toUShort(), refused.body) == EnrolOutcome.CODE_REFUSED)
        val code = demo["enrolCodes"].asJsonArray.last().asString
        val enrolled = send(server, tablet.enrolRequest(server, code, "T-98"))
        check(tablet.onEnrolled(enrolled.status.toUShort(), enrolled.body) == EnrolOutcome.ENROLLED)
        sync(tablet, server)
        val surveys = tablet.surveys("ja")
        check(surveys.any { it.formName == "company-telework" && it.ready })
        step("enrolled; ${surveys.size} surveys are here")
    }

    val saved = killedInTheMiddle(folder, response)
    openTablet(folder).use { tablet ->
        val found = entered(tablet, response)
        check(saved.all { found[it] == morning[it] }) { "$saved are not all in $found" }
        step("killed while filling offline: all ${saved.size} saved answers are there")
        try {
            tablet.setText(response, "profile/employees_regular", "many")
            error("a word is no number")
        } catch (refused: TabletException.AnswerRefused) {
            check(refused.reason == "not-a-number") { refused.reason }
        }

        val lonely = demo["surveys"].asJsonObject["loneliness"].asJsonObject["id"].asString
        val card = demo["cards"].asJsonObject["loneliness"].asJsonArray.last().asString
        val mistyped = card.dropLast(1) + if (card.last() == '0') "1" else "0"
        check(tablet.openAnonymous(lonely, mistyped) == CardOutcome.MISTYPED)
        check(tablet.openAnonymous(lonely, card) == CardOutcome.OPENED)
        answerEverythingRequired(tablet)
        check(tablet.finishAnonymous() == FinishOutcome.Sealed)
        check(tablet.openAnonymous(lonely, card) == CardOutcome.USED)
        check(tablet.status().waitingRecords == 1uL)
        step("a card is good once; its answers are sealed and wait")

        sync(tablet, server)
        val status = tablet.status()
        check(status.state == "synced" && status.waitingRecords == 0uL && status.waitingChanges == 0uL) { status }
        step("synced over HTTP: nothing waits any more")
    }
}

private fun enterCompany(server: String, code: String, folder: File, name: String, department: String): Tablet {
    val tablet = openTablet(folder)
    val reply = send(server, tablet.companyRequest(server, code, name, department))
    check(tablet.onEnrolled(reply.status.toUShort(), reply.body) == EnrolOutcome.ENROLLED)
    sync(tablet, server)
    return tablet
}

/** Repeats `again` until `holds`: the server admits a change shortly after taking it. */
private fun until(what: String, holds: () -> Boolean, again: () -> Unit) {
    repeat(100) {
        if (holds()) return
        Thread.sleep(100)
        again()
    }
    error(what)
}

private fun company(server: String, demo: JsonObject, folders: List<File>) {
    // Not the company of the Python story: both may run against one server.
    val code = untouched(demo).dropLast(1).last()["code"].asString
    val one = enterCompany(server, code, folders[0], "田中", "総務")
    val two = enterCompany(server, code, folders[1], "佐藤", "経理")
    val response = checkNotNull(one.enrolment()?.response)
    check(response == two.enrolment()?.response)
    one.openResponse(response)
    two.openResponse(response)
    val path = "profile/employees_regular"
    one.setText(response, path, "3,200")
    one.setText(response, "profile/employees_nonregular", "10")
    two.setText(response, path, "3,450")
    two.setText(response, "profile/employees_dispatched", "7")

    val both = { sync(one, server); sync(two, server) }
    val seen = { listOf(one, two).map { it.conflicts(response, "ja").size } }
    both()
    until("both see the conflict", { seen() == listOf(1, 1) }, both)
    for (tablet in listOf(one, two)) {
        val conflict = tablet.conflicts(response, "ja").single()
        check(conflict.path == path)
        val by = conflict.values.associate { it.by to (it.value as AnswerValue.Integer).number }
        check(by == mapOf("総務 田中" to 3200L, "経理 佐藤" to 3450L)) { by }
        check(conflict.values.flatMap { it.effects }.any { it.path == "profile/employees_total" })
    }
    step("two departments edited offline: one question differs, both see who said what")

    one.choose(response, path, AnswerValue.Integer(3450))
    both()
    until("the choice arrives", { seen() == listOf(0, 0) }, both)
    val answers = entered(one, response)
    check(answers == entered(two, response))
    check(answers[path] == "3450" && answers["profile/employees_total"] == "3460") { answers }
    step("one chose; both tablets hold the same answers and totals")
    one.close()
    two.close()
}

fun main(arguments: Array<String>) {
    if (arguments.firstOrNull() == "child") {
        child(File(arguments[1]), arguments[2])
        return
    }
    val demo = JsonParser.parseString(System.getenv("TSUMUGI_DEMO")).asJsonObject
    val server = demo["url"].asString.trimEnd('/')
    val place = Files.createTempDirectory("tsumugi-story").toFile()
    try {
        val folders = listOf("surveyor", "one", "two").map { File(place, it).apply { mkdir() } }
        surveyor(server, demo, folders[0])
        company(server, demo, folders.drop(1))
        step("the Kotlin story holds")
    } finally {
        place.deleteRecursively()
    }
    exitProcess(0)
}
