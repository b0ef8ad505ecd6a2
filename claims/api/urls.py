"""Addresses of the API, below /api/v1/. A verb is POST and stands below the thing it acts on."""

from django.urls import path

from claims.api import adjudication, agreement, articles, claims, jobs, notes, publication, review, sources, verdicts
from claims.api.attributions import doors

app_name = "api"

urlpatterns = [
    path("articles", articles.ArticleList.as_view(), name="articles"),
    path("articles/<int:article_id>", articles.ArticleOne.as_view(), name="article"),
    path("articles/<int:article_id>/text", articles.ArticleTextOne.as_view(), name="article-text"),
    path("articles/<int:article_id>/attributions", doors.ArticleAttributions.as_view(), name="article-attributions"),
    path("articles/<int:article_id>/retry", articles.ArticleRetry.as_view(), name="article-retry"),
    path("articles/<int:article_id>/reextract", articles.ArticleReextract.as_view(), name="article-reextract"),
    path("attributions/<int:attribution_id>", doors.AttributionOne.as_view(), name="attribution"),
    path("attributions/<int:attribution_id>/confirm", doors.AttributionConfirm.as_view(), name="attribution-confirm"),
    path("attributions/<int:attribution_id>/reject", doors.AttributionReject.as_view(), name="attribution-reject"),
    path("claims", claims.ClaimList.as_view(), name="claims"),
    path("claims/<int:claim_id>", claims.ClaimOne.as_view(), name="claim"),
    path("claims/<int:claim_id>/events", claims.ClaimEvents.as_view(), name="claim-events"),
    path("claims/<int:claim_id>/dismiss", claims.ClaimDismiss.as_view(), name="claim-dismiss"),
    path("claims/<int:claim_id>/restore", claims.ClaimRestore.as_view(), name="claim-restore"),
    path("claims/<int:claim_id>/take", review.ClaimTake.as_view(), name="claim-take"),
    path("claims/<int:claim_id>/publish", publication.ClaimPublish.as_view(), name="claim-publish"),
    path("claims/<int:claim_id>/reopen", publication.ClaimReopen.as_view(), name="claim-reopen"),
    path("claims/<int:claim_id>/retract", publication.ClaimRetract.as_view(), name="claim-retract"),
    path("claims/<int:claim_id>/notes", notes.ClaimNotes.as_view(), name="claim-notes"),
    path("notes", notes.NotesForMe.as_view(), name="notes"),
    path("notes/<int:note_id>/resolve", notes.NoteResolve.as_view(), name="note-resolve"),
    path("notes/<int:note_id>/reopen", notes.NoteReopen.as_view(), name="note-reopen"),
    path("adjudications", adjudication.AdjudicationList.as_view(), name="adjudications"),
    path("claims/<int:claim_id>/adjudication", adjudication.ClaimAdjudication.as_view(), name="claim-adjudication"),
    path("claims/<int:claim_id>/adjudicate", adjudication.ClaimAdjudicate.as_view(), name="claim-adjudicate"),
    path("agreement", agreement.AgreementReport.as_view(), name="agreement"),
    path("queue/next", review.QueueNext.as_view(), name="queue-next"),
    path("assignments", review.AssignmentList.as_view(), name="assignments"),
    path("assignments/<int:assignment_id>", review.AssignmentOne.as_view(), name="assignment"),
    path("assignments/<int:assignment_id>/release", review.AssignmentRelease.as_view(), name="assignment-release"),
    path("assignments/<int:assignment_id>/decline", review.AssignmentDecline.as_view(), name="assignment-decline"),
    path("assignments/<int:assignment_id>/draft", review.AssignmentDraft.as_view(), name="assignment-draft"),
    path("assignments/<int:assignment_id>/submit", review.AssignmentSubmit.as_view(), name="assignment-submit"),
    path("verdicts", verdicts.VerdictFeed.as_view(), name="verdicts"),
    path("verdicts/<int:verdict_id>", verdicts.VerdictOne.as_view(), name="verdict"),
    path("sources", sources.SourceList.as_view(), name="sources"),
    path("sources/<int:source_id>", sources.SourceOne.as_view(), name="source"),
    path("jobs", jobs.JobList.as_view(), name="jobs"),
    path("jobs/<int:job_id>/retry", jobs.JobRetry.as_view(), name="job-retry"),
]
