// Labels of the pods of a job. The older names stand beside the newer for those who select by them.
// upstream: staging/src/k8s.io/api/batch/v1/types.go

/** The job's name. */
export const JOB_NAME_LABEL = "batch.kubernetes.io/job-name";
/** See JOB_NAME_LABEL. */
export const LEGACY_JOB_NAME_LABEL = "job-name";
/** The job's uid: what its selector selects. */
export const CONTROLLER_UID_LABEL = "batch.kubernetes.io/controller-uid";
/** See CONTROLLER_UID_LABEL. */
export const LEGACY_CONTROLLER_UID_LABEL = "controller-uid";
